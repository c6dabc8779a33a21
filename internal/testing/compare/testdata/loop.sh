#!/usr/bin/env bash
# Invites the people in a file with the AWS CLI, one after the other.
#
#	loop.sh people.csv POOL report.csv
set -u
echo email,state >"$3"
while read -r email; do
	if said=$(aws cognito-idp admin-create-user --user-pool-id "$2" --username "$email" \
		--user-attributes Name=email,Value="$email" Name=email_verified,Value=true \
		--desired-delivery-mediums EMAIL 2>&1); then
		echo "$email,invited"
	elif [[ $said == *UsernameExistsException* ]]; then
		echo "$email,existing"
	else
		echo "$email,failed"
	fi
done < <(tail -n +2 "$1") >>"$3"
