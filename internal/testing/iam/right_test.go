package iam

import "testing"

func TestAStarStandsForAnyText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		permission, resource string
		want                 bool
	}{
		{permission: "*", resource: "*", want: true},
		{permission: "*", resource: Table("eu-west-1", "t"), want: true},
		{permission: "arn:aws:ses:*:1:identity/*", resource: "arn:aws:ses:eu-west-1:1:identity/example.org", want: true},
		{permission: "arn:aws:ses:*:1:identity/*", resource: "arn:aws:ses:eu-west-1:2:identity/example.org"},
		{permission: "arn:aws:ses:*:1:identity/*", resource: "*"},
		{permission: "arn:aws:ses:*:identity/a", resource: "arn:aws:ses:eu-west-1:1:identity/a/b"},
		{permission: "arn:aws:sqs:q", resource: "arn:aws:sqs:q", want: true},
		{permission: "arn:aws:sqs:q", resource: "arn:aws:sqs:q2"},
		{permission: "arn:aws:sqs:q", resource: "*"},
	} {
		got := Right{"x:Y", test.resource}.isAllowedBy(Right{"x:Y", test.permission})
		if got != test.want || (Right{"x:Z", test.resource}).isAllowedBy(Right{"x:Y", test.permission}) {
			t.Errorf("%s allows %s: %t, want %t; or it allows another action", test.permission, test.resource, got, test.want)
		}
	}
}
