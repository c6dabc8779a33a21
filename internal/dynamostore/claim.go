package dynamostore

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/onboard"
)

// claimItem returns the item of a claim as its next version.
func claimItem(c onboard.Claim) item {
	it := claimKey(c.Address)
	claimFields(onto(it), &c)
	return it
}

// readClaim reads what claimItem wrote.
func readClaim(f *fields) (onboard.Claim, error) {
	c := onboard.Claim{Address: f.suffix(partition, claimPrefix)}
	claimFields(f, &c)
	return c, f.err
}

// DropClaim deletes a claim. To repeat it does no harm: then there is none, or another
// one, which is a conflict. See [onboard.Invitations].
func (s *Store) DropClaim(ctx context.Context, c onboard.Claim) error {
	const what = "dropping a claim"
	err := repeat(ctx, func() error {
		_, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: aws.String(s.table), Key: claimKey(c.Address),
			ConditionExpression:       aws.String(ifNone + " OR version = :version"),
			ExpressionAttributeValues: item{":now": timeValue(time.Now()), ":version": numberValue(int64(c.Version))},
		})
		return err
	})
	if refused, ok := refusalOf(err); ok {
		return conflict(what, refused)
	}
	if err != nil {
		return s.failure(ctx, what, err)
	}
	return nil
}

func claimFields(f *fields, c *onboard.Claim) {
	holderField(f, "holder", &c.Holder)
	f.instant("until", &c.Until)
	f.nested("trail", func(f *fields) { trailFields(f, &c.Trail) })
	holderField(f, "credited_to", &c.CreditedTo)
	f.text("user_sub", &c.UserSub)
	f.instant("credited_at", &c.CreditedAt)
	f.instant("mailed_at", &c.MailedAt)
	f.number("forced", &c.Forced)
	f.instant("forced_since", &c.ForcedSince)
	records(f, "history", &c.History, touchFields)
	f.version(&c.Version)
	f.expiry(&c.ExpiresAt)
}

// touchFields has short names: ten of these maps are most of a claim.
func touchFields(f *fields, t *onboard.Touch) {
	f.text("id", &t.RequestID)
	f.number("row", &t.Row)
	f.instant("at", &t.At)
	f.instant("mail", &t.MailAfter)
}

func trailFields(f *fields, t *onboard.Trail) {
	holderField(f, "by", &t.By)
	f.instant("from", &t.From)
	f.instant("to", &t.To)
	f.flag("unmailed", &t.Unmailed)
	f.flag("gone", &t.Gone)
	f.instant("resent_after", &t.ResentAfter)
}

func holderField(f *fields, name string, h *onboard.Holder) {
	f.nested(name, func(f *fields) {
		f.text("request_id", &h.RequestID)
		f.number("row", &h.Row)
		f.text("token", &h.Token)
	})
}
