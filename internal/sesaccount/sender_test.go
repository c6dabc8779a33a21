package sesaccount_test

import (
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/sesaccount"
	"usher.example/internal/testing/awsstub"
	"usher.example/internal/testing/fakecognito"
	"usher.example/internal/testing/onboardtest"
	"usher.example/internal/testing/peers"
)

var fleet peers.Fleet

func TestMain(m *testing.M) { os.Exit(fleet.Run(m)) }

// codes are what Amazon SES answers, by class.
var codes = map[error]string{
	onboard.ErrThrottled: "TooManyRequestsException", onboard.ErrMisconfigured: "AccessDeniedException", onboard.ErrUnclear: "BadRequestException",
}

func TestContractOverTheFake(t *testing.T) {
	t.Parallel()
	onboardtest.Sender(t, onboardtest.Direct, func(t *testing.T) onboardtest.SenderHarness {
		fake := fakecognito.New(memory.PoolConfig{})
		server := httptest.NewServer(fake)
		t.Cleanup(server.Close)
		cfg := awsstub.New(nil).Config()
		cfg.HTTPClient = server.Client()
		return onboardtest.SenderHarness{
			Sender: sesaccount.New(sesv2.NewFromConfig(cfg, func(o *sesv2.Options) { o.BaseEndpoint = aws.String(server.URL) })),
			Be:     func(a onboard.MailAccount) { fake.Pool.SetSender(memory.SenderOf(a)) },
			Refuse: func(class error) {
				fake.Pool.SetFaults(memory.Faults{Sender: &onboard.PoolError{Class: class, Detail: codes[class]}})
			},
		}
	})
}

// Moto has identities and no account.
func TestContractOverMoto(t *testing.T) {
	t.Parallel()
	const noAccount = "moto 5 has no GetAccount"
	client := sesv2.NewFromConfig(peers.Config(fleet.Moto(t)))
	onboardtest.Sender(t, onboardtest.Direct, func(*testing.T) onboardtest.SenderHarness {
		return onboardtest.SenderHarness{
			Sender: sesaccount.New(client), Be: func(onboard.MailAccount) {},
			Differences: onboardtest.Differences{
				"ASoundAccount": noAccount, "NoLimits": noAccount, "ASandbox": noAccount, "SendingIsPaused": noAccount, "UnderReview": noAccount,
				"ShutDown": noAccount, "AnIdentityThatIsNotVerified": noAccount, "AnIdentityThatIsNotThere": noAccount,
			},
		}
	})
}

// stub answers for an account, and for identities by name: true is verified, false is
// not, and one that is missing is not there.
func stub(identities map[string]bool) *awsstub.Client {
	return awsstub.New(func(call awsstub.Call) awsstub.Answer {
		if call.Path == "/v2/email/account" {
			return awsstub.OK(map[string]any{"ProductionAccessEnabled": true, "SendingEnabled": true, "EnforcementStatus": "HEALTHY",
				"SendQuota": map[string]any{"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 127.0}})
		}
		verified, there := identities[call.Path[len("/v2/email/identities/"):]]
		if !there {
			return awsstub.Refusal(404, "NotFoundException", "no")
		}
		return awsstub.OK(map[string]any{"VerifiedForSendingStatus": verified})
	})
}

const of = "arn:aws:ses:eu-west-1:111122223333:identity/"

func TestTheIdentitysRegionIsAsked(t *testing.T) {
	t.Parallel()
	client := stub(map[string]bool{"example.org": true})
	got, err := sesaccount.New(sesv2.NewFromConfig(client.Config())).InspectSender(t.Context(), of+"example.org")
	want := onboard.MailAccount{
		Region: "eu-west-1", Enforcement: onboard.Healthy, Identity: onboard.IdentityVerified, DailyQuota: 50_000, SentToday: 127, Rate: 14,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, account (-want +got):\n%s", err, diff)
	}
	for _, call := range client.Calls() {
		if call.Host != "email.eu-west-1.amazonaws.com" {
			t.Errorf("%s was called at %s", call.Path, call.Host)
		}
	}
	if n := len(client.Calls()); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

func TestAnIdentityIsVerifiedByItsDomain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		identities map[string]bool
		want       onboard.IdentityState
	}{
		{name: "no-reply@mail.example.org", identities: map[string]bool{"example.org": true}, want: onboard.IdentityVerified},
		{name: "no-reply@example.org", identities: map[string]bool{"no-reply@example.org": false, "example.org": true}, want: onboard.IdentityVerified},
		{name: "no-reply@example.org", identities: map[string]bool{"org": true}, want: onboard.IdentityUnverified},
		{name: "example.org", identities: map[string]bool{"example.org": false}, want: onboard.IdentityUnverified},
	} {
		client := stub(test.identities)
		got, err := sesaccount.New(sesv2.NewFromConfig(client.Config())).InspectSender(t.Context(), of+test.name)
		if got.Identity != test.want || err != nil {
			t.Errorf("%s of %v is %q, %v; want %q", test.name, test.identities, got.Identity, err, test.want)
		}
	}
}

// A caller without the right to one of the two is answered with the other.
func TestTheIdentityAloneCannotBeRead(t *testing.T) {
	t.Parallel()
	fake := fakecognito.New(memory.PoolConfig{})
	fake.Deny("GetEmailIdentity")
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	cfg := awsstub.New(nil).Config()
	cfg.HTTPClient, cfg.BaseEndpoint = server.Client(), aws.String(server.URL)
	got, err := sesaccount.New(sesv2.NewFromConfig(cfg)).InspectSender(t.Context(), of+"example.org")
	if err != nil || got.Identity != "" || got.Enforcement != onboard.Healthy {
		t.Errorf("%+v, %v", got, err)
	}
}

// The domain gives a reading two seconds; a call is not repeated within them.
func TestEachCallIsMadeOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := awsstub.New(func(awsstub.Call) awsstub.Answer { return awsstub.Refusal(500, "InternalFailure", "no") })
		began := time.Now()
		_, err := sesaccount.New(sesv2.NewFromConfig(client.Config())).InspectSender(t.Context(), of+"example.org")
		if err == nil || len(client.Calls()) != 2 || time.Since(began) != 0 {
			t.Errorf("%v after %d calls and %s", err, len(client.Calls()), time.Since(began))
		}
	})
}

func TestASenderWithoutAnARN(t *testing.T) {
	t.Parallel()
	for _, identity := range []string{"", "example.org", "arn:aws:sns:eu-west-1:111122223333:topic"} {
		client := stub(nil)
		if _, err := sesaccount.New(sesv2.NewFromConfig(client.Config())).InspectSender(t.Context(), identity); err == nil || len(client.Calls()) != 0 {
			t.Errorf("%q: %v after %d calls", identity, err, len(client.Calls()))
		}
	}
}
