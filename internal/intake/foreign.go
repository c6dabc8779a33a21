package intake

// foreignSystem is the refusal of another system's list of users, which keeps the
// addresses where we do not look: how to extract them.
type foreignSystem string

const (
	okta foreignSystem = `This looks like Okta's list of users. Extract what is needed first, for example with jq: ` +
		`jq '[.[] | {email: .profile.email, attributes: {given_name: .profile.firstName, family_name: .profile.lastName}}]'`
	keycloak foreignSystem = `This looks like a realm of Keycloak. Extract what is needed first, for example with jq: ` +
		`jq '[.users[] | {email, groups: [.groups[]? | ltrimstr("/")], attributes: {given_name: .firstName, family_name: .lastName}}]'`
	firebase foreignSystem = `This looks like Firebase's export of users. Extract what is needed first, for example with jq: ` +
		`jq '[.users[] | {email, ref: .localId, attributes: {name: .displayName}}]'`
)

// foreignByKey gives the system that a key is from, by those that only it has.
func foreignByKey(key string) foreignSystem {
	switch key {
	case "realm", "realmRoles", "clientRoles", "requiredActions", "disableableCredentialTypes", "notBefore":
		return keycloak
	case "localId", "providerUserInfo", "lastSignedInAt":
		return firebase
	case "statusChanged", "activated", "passwordChanged", "status", "_links":
		return okta
	}
	return ""
}
