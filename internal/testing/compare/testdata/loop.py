"""Invites the people in a file, one after the other.

    loop.py people.csv POOL report.csv
"""
import csv
import sys

import boto3

people, pool, report = sys.argv[1:]
cognito = boto3.client("cognito-idp")


def invite(email):
    try:
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
            DesiredDeliveryMediums=["EMAIL"],
        )
    except cognito.exceptions.UsernameExistsException:
        return "existing"
    except Exception:
        return "failed"
    return "invited"


with open(people, newline="") as rows, open(report, "w", newline="") as out:
    lines = csv.writer(out)
    lines.writerow(["email", "state"])
    for row in csv.DictReader(rows):
        lines.writerow([row["email"], invite(row["email"])])
