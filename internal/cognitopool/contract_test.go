package cognitopool_test

import (
	"maps"
	"os"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"usher.example/internal/cognitopool"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
	"usher.example/internal/testing/onboardtest"
	"usher.example/internal/testing/peers"
)

var fleet peers.Fleet

func TestMain(m *testing.M) { os.Exit(fleet.Run(m)) }

func TestContractOverTheStub(t *testing.T) {
	t.Parallel()
	onboardtest.Pool(t, synctest.Test, func(t *testing.T) onboardtest.PoolHarness {
		s := newServer()
		pool := over(t, awsstub.New(s.answer))
		return onboardtest.PoolHarness{
			Pool: pool, Directory: pool,
			AddUser: func(email string, signedIn bool) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.add(email, map[bool]string{false: "FORCE_CHANGE_PASSWORD", true: "CONFIRMED"}[signedIn])
			},
			CreateGroup: func(name string) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.groups = append(s.groups, name)
			},
			MailsTo: func(email string) int {
				s.mu.Lock()
				defer s.mu.Unlock()
				if u := s.users[onboard.FoldAddress(email)]; u != nil {
					return u.mails
				}
				return 0
			},
			User: func(email string) (map[string]string, []string) {
				s.mu.Lock()
				defer s.mu.Unlock()
				u := s.users[onboard.FoldAddress(email)]
				return maps.Clone(u.attributes), slices.Clone(u.groups)
			},
			Break: func(fault onboardtest.Fault) bool {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.fault = fault
				return true
			},
		}
	})
}

func TestContractOverMoto(t *testing.T) {
	t.Parallel()
	client := cognito.NewFromConfig(peers.Config(fleet.Moto(t)))
	onboardtest.Pool(t, onboardtest.Direct, func(t *testing.T) onboardtest.PoolHarness {
		m := newMotoPool(t, client)
		pool, err := cognitopool.New(client, m.id)
		if err != nil {
			t.Fatal(err)
		}
		return onboardtest.PoolHarness{
			Pool: pool, Directory: pool, AddUser: m.addUser, CreateGroup: m.createGroup, User: m.user,
			Differences: motoDifferences,
		}
	})
}

// motoDifferences is where moto 5 is not Cognito.
var motoDifferences = onboardtest.Differences{
	"ASecondInviteInOtherLettersIsErrExists": "moto tells spellings of an address apart in a pool that ignores case",
	"LookInOtherLettersFindsTheUser":         "moto tells spellings of an address apart in a pool that ignores case",
	"ResendInOtherLettersFindsTheUser":       "moto tells spellings of an address apart in a pool that ignores case",
	"ResendMailsAUserWhoNeverSignedInAgain":  "moto makes a second user of a resend",
	"ResendToAUserWhoSignedInIsErrSignedIn":  "moto makes a second user of a resend",
	"AnAddressTooLongIsRefused":              "moto knows no greatest length of a user name",
	"AnUnknownAttributeIsRefused":            "moto does not check attributes",
	"ACustomAttributeTooLongIsRefused":       "moto does not check attributes",
	"AnAttributeOver2048CharactersIsRefused": "moto does not check attributes",
	"ABadPhoneNumberIsRefused":               "moto does not check attributes",
}

func TestInspectOverMoto(t *testing.T) {
	t.Parallel()
	m := newMotoPool(t, cognito.NewFromConfig(peers.Config(fleet.Moto(t))))
	pool, err := cognitopool.New(m.client, m.id)
	if err != nil {
		t.Fatal(err)
	}
	m.createGroup("staff")
	m.createGroup("admins")
	got, err := pool.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tenant, ok := got.Attribute(onboardtest.CustomAttribute)
	if got.ID != m.id || got.Name != "people" || !got.EmailAsUsername || got.CaseSensitive || !ok || tenant.MaxLength != onboardtest.CustomLength {
		t.Errorf("got %+v", got)
	}
	if want := []string{"admins", "staff"}; !slices.Equal(got.Groups, want) {
		t.Errorf("groups %v, want %v", got.Groups, want)
	}
}

// motoPool arranges a pool in moto, by other calls than the adapter's.
type motoPool struct {
	t      *testing.T
	client *cognito.Client
	id     string
}

func newMotoPool(t *testing.T, client *cognito.Client) *motoPool {
	t.Helper()
	out, err := client.CreateUserPool(t.Context(), &cognito.CreateUserPoolInput{
		PoolName:              aws.String("people"),
		UsernameAttributes:    []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		UsernameConfiguration: &types.UsernameConfigurationType{CaseSensitive: aws.Bool(false)},
		Schema: []types.SchemaAttributeType{{
			Name: aws.String("tenant"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true),
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("0"), MaxLength: aws.String("16")},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &motoPool{t: t, client: client, id: aws.ToString(out.UserPool.Id)}
}

func (m *motoPool) addUser(email string, signedIn bool) {
	m.t.Helper()
	_, err := m.client.AdminCreateUser(m.t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: aws.String(m.id), Username: aws.String(email), MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(email)}},
	})
	if err == nil && signedIn {
		_, err = m.client.AdminSetUserPassword(m.t.Context(), &cognito.AdminSetUserPasswordInput{
			UserPoolId: aws.String(m.id), Username: aws.String(email), Password: aws.String("Correct-Horse-9"), Permanent: true,
		})
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *motoPool) createGroup(name string) {
	m.t.Helper()
	_, err := m.client.CreateGroup(m.t.Context(), &cognito.CreateGroupInput{UserPoolId: aws.String(m.id), GroupName: aws.String(name)})
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *motoPool) user(email string) (map[string]string, []string) {
	m.t.Helper()
	out, err := m.client.AdminGetUser(m.t.Context(), &cognito.AdminGetUserInput{UserPoolId: aws.String(m.id), Username: aws.String(email)})
	if err != nil {
		m.t.Fatal(err)
	}
	attributes := map[string]string{}
	for _, a := range out.UserAttributes {
		attributes[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	list, err := m.client.AdminListGroupsForUser(m.t.Context(), &cognito.AdminListGroupsForUserInput{UserPoolId: aws.String(m.id), Username: aws.String(email)})
	if err != nil {
		m.t.Fatal(err)
	}
	var groups []string
	for _, g := range list.Groups {
		groups = append(groups, aws.ToString(g.GroupName))
	}
	return attributes, groups
}
