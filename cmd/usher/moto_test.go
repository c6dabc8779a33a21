package main

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"usher.example/internal/testing/peers"
)

// Over moto the calls have the form that another reader of AWS's model expects.
func TestInviteOverMoto(t *testing.T) {
	t.Parallel()
	endpoint := peers.Moto(t)
	client := cognito.NewFromConfig(peers.Config(endpoint))
	pool, err := client.CreateUserPool(t.Context(), &cognito.CreateUserPoolInput{
		PoolName: aws.String("staff"), UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := aws.ToString(pool.UserPool.Id)
	if _, err := client.CreateGroup(t.Context(), &cognito.CreateGroupInput{UserPoolId: &id, GroupName: aws.String("staff")}); err != nil {
		t.Fatal(err)
	}
	d := deskAt(t, nil, endpoint)
	d.write("people.csv", "email,given_name,groups\nann@example.org,Ann,staff\nbob@example.org,Bob,\n")
	d.run("doctor", "--pool", id).want(t, exitDone, "rights       ok", aws.ToString(pool.UserPool.Arn))
	d.run("invite", "people.csv", "--pool", id, "--yes").want(t, exitDone, `Pool "staff"`, "Done: every person is invited")
	users, err := client.ListUsers(t.Context(), &cognito.ListUsersInput{UserPoolId: &id})
	if err != nil || len(users.Users) != 2 {
		t.Errorf("%d users, %v", len(users.Users), err)
	}
	members, err := client.ListUsersInGroup(t.Context(), &cognito.ListUsersInGroupInput{UserPoolId: &id, GroupName: aws.String("staff")})
	if err != nil || len(members.Users) != 1 {
		t.Errorf("%d in the group, %v", len(members.Users), err)
	}
}
