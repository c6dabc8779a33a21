// Goroutines invites the people in a file by 50 goroutines at once.
//
//	goroutines people.csv POOL report.csv
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"golang.org/x/sync/errgroup"
)

func main() {
	people, pool, report := os.Args[1], os.Args[2], os.Args[3]
	in, err := os.Open(people)
	check(err)
	rows, err := csv.NewReader(in).ReadAll()
	check(err)
	rows = rows[1:]
	cfg, err := config.LoadDefaultConfig(context.Background())
	check(err)
	client := cognito.NewFromConfig(cfg)

	results := make([][]string, len(rows))
	var work errgroup.Group
	work.SetLimit(50)
	for i, row := range rows {
		work.Go(func() error {
			results[i] = []string{row[0], invite(client, pool, row[0])}
			return nil
		})
	}
	check(work.Wait())
	out, err := os.Create(report)
	check(err)
	check(csv.NewWriter(out).WriteAll(append([][]string{{"email", "state"}}, results...)))
	check(out.Close())
}

func invite(client *cognito.Client, pool, email string) string {
	_, err := client.AdminCreateUser(context.Background(), &cognito.AdminCreateUserInput{
		UserPoolId: &pool, Username: &email,
		UserAttributes: []types.AttributeType{
			{Name: aws.String("email"), Value: &email},
			{Name: aws.String("email_verified"), Value: aws.String("true")},
		},
		DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
	})
	var exists *types.UsernameExistsException
	switch {
	case errors.As(err, &exists):
		return "existing"
	case err != nil:
		return "failed"
	}
	return "invited"
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
