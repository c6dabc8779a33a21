package onboard_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// examine returns what the doctor says of a pool.
func examine(t *testing.T, system onboard.System, pool onboard.PoolSettings) onboard.Diagnosis {
	t.Helper()
	return system.Doctor(onboard.NewKnownPool(&inspector{settings: pool}, nil), "administrators").Examine(t.Context())
}

// summary lists severity and code of each finding.
func summary(findings []onboard.Finding) (list []string) {
	for _, f := range findings {
		list = append(list, fmt.Sprintf("%s %s", f.Severity, f.Code))
	}
	return list
}

func TestDoctorFindings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*onboard.PoolSettings)
		want   []string
	}{
		{name: "nothing", change: func(*onboard.PoolSettings) {}},
		{name: "built-in template", change: func(p *onboard.PoolSettings) { p.InviteSubject, p.InviteBody = "", "" }, want: []string{"warning template_without_link", "warning template_without_name"}},
		{name: "built-in template, a sender with a name", change: func(p *onboard.PoolSettings) { p.InviteBody, p.Sender = "", "Example School <usher@example.org>" }, want: []string{"warning template_without_link"}},
		{name: "no link in the template", change: func(p *onboard.PoolSettings) { p.InviteBody = "Hello {username}, {####}" }, want: []string{"warning template_without_link"}},
		{name: "a link with a text", change: func(p *onboard.PoolSettings) {
			p.InviteBody = `Hello {username}, {####}, <a href='https://example.org/sign-in'>sign in</a>`
		}},
		{name: "a link without https", change: func(p *onboard.PoolSettings) { p.InviteBody = "Hello {username}, {####}, www.example.org" }},
		{name: "no password in the template", change: func(p *onboard.PoolSettings) { p.InviteBody = "Hello {username} https://example.org" }, want: []string{"error template_without_password"}},
		{name: "no user name in the template", change: func(p *onboard.PoolSettings) { p.InviteBody = "Hello {####} https://example.org" }, want: []string{"error template_without_username"}},
		{name: "passwordless needs no password", change: func(p *onboard.PoolSettings) { p.Passwordless, p.InviteBody = true, "Hello {username}" }, want: []string{"warning passwordless"}},
		{name: "built-in sender", change: func(p *onboard.PoolSettings) { p.OwnSender, p.InviteBody = false, "" }, want: []string{"warning builtin_sender", "warning template_without_link", "warning template_without_name"}},
		{name: "no configuration set", change: func(p *onboard.PoolSettings) { p.ConfigurationSet = "" }, want: []string{"warning no_mail_events"}},
		{name: "built-in sender with a text", change: func(p *onboard.PoolSettings) { p.OwnSender = false }, want: []string{"warning builtin_sender", "warning template_not_used"}},
		{name: "case-sensitive", change: func(p *onboard.PoolSettings) { p.CaseSensitive = true }, want: []string{"warning case_sensitive"}},
		{name: "self-sign-up", change: func(p *onboard.PoolSettings) { p.AdminOnly = false }, want: []string{"warning self_sign_up_open"}},
		{name: "plain user names", change: func(p *onboard.PoolSettings) { p.EmailAsUsername = false }, want: []string{"warning plain_user_names"}},
		{name: "e-mail as an alias", change: func(p *onboard.PoolSettings) { p.EmailAsUsername, p.EmailAsAlias = false, true }, want: []string{"error email_not_username"}},
		{name: "phone numbers", change: func(p *onboard.PoolSettings) { p.EmailAsUsername, p.PhoneAsUsername = false, true }, want: []string{"error email_not_username"}},
		{name: "phone numbers or addresses", change: func(p *onboard.PoolSettings) { p.PhoneAsUsername = true }},
		{name: "preferred user name as an alias", change: func(p *onboard.PoolSettings) { p.NameAsAlias = true }},
		{name: "custom sender", change: func(p *onboard.PoolSettings) {
			p.Triggers, p.OwnSender, p.InviteBody = []string{"CustomEmailSender"}, false, "Hello"
		}, want: []string{"warning custom_sender", "warning triggers_present"}},
		{name: "custom message", change: func(p *onboard.PoolSettings) { p.Triggers, p.InviteBody = []string{"CustomMessage"}, "Hello" }, want: []string{"warning custom_message", "warning triggers_present"}},
		{name: "custom message, built-in sender", change: func(p *onboard.PoolSettings) { p.Triggers, p.OwnSender = []string{"CustomMessage"}, false }, want: []string{"warning builtin_sender", "warning custom_message", "warning triggers_present"}},
		{name: "federated", change: func(p *onboard.PoolSettings) { p.Providers = []string{"Okta"} }, want: []string{"warning federated_users"}},
		{name: "passwordless has no passwords", change: func(p *onboard.PoolSettings) { p.Passwordless, p.TemporaryPasswordDays = true, 1 }, want: []string{"warning passwordless"}},
		{name: "group missing", change: func(p *onboard.PoolSettings) { p.Groups = []string{"staff", "administrators2"} }, want: []string{"warning admin_group_missing"}},
		{name: "deletion", change: func(p *onboard.PoolSettings) { p.DeletionProtection = false }, want: []string{"warning deletion_protection_off"}},
		{name: "required, can be added", change: func(p *onboard.PoolSettings) { p.Attributes[2].Required = true }, want: []string{"warning attribute_required"}},
		{name: "required for good", change: func(p *onboard.PoolSettings) { p.Attributes[3].Required = true }, want: []string{"warning attribute_required"}},
		{name: "2 days", change: func(p *onboard.PoolSettings) { p.TemporaryPasswordDays = 2 }, want: []string{"warning temporary_password_short", "warning password_days_differ"}},
		{name: "3 days", change: func(p *onboard.PoolSettings) { p.TemporaryPasswordDays = 3 }, want: []string{"warning password_days_differ"}},
		{name: "triggers", change: func(p *onboard.PoolSettings) { p.Triggers = []string{"PreSignUp"} }, want: []string{"warning triggers_present"}},
		{name: "a second factor is required", change: func(p *onboard.PoolSettings) { p.SecondFactor = onboard.SecondFactorRequired }, want: []string{"warning mfa_required"}},
		{name: "a second factor is optional", change: func(p *onboard.PoolSettings) { p.SecondFactor = onboard.SecondFactorOptional }, want: []string{"warning mfa_not_required"}},
		{name: "no second factor", change: func(p *onboard.PoolSettings) { p.SecondFactor = onboard.SecondFactorOff }, want: []string{"warning mfa_not_required"}},
		{name: "tokens are written", change: func(p *onboard.PoolSettings) { p.TokenTrigger = true }, want: []string{"warning token_trigger_present"}},
		{name: "errors first", change: func(p *onboard.PoolSettings) {
			p.CaseSensitive, p.InviteBody = true, "Hello {username} https://example.org"
		}, want: []string{"error template_without_password", "warning case_sensitive"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pool := goodPool()
			pool.Attributes = slices.Clone(pool.Attributes)
			test.change(&pool)
			got := examine(t, onboard.System{}, pool)
			if diff := cmp.Diff(test.want, summary(got.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			ready := !strings.HasPrefix(fmt.Sprint(test.want), "[error")
			if got.Ready() != ready || got.Settings.ID != pool.ID {
				t.Errorf("ready %t of pool %s, want %t of %s", got.Ready(), got.Settings.ID, ready, pool.ID)
			}
		})
	}
}

// With its name known, the doctor looks for it where people can see it.
func TestTheInvitationNamesTheOrganization(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*onboard.PoolSettings)
		want   []string
	}{
		"nowhere":                               {change: func(*onboard.PoolSettings) {}, want: []string{"warning template_without_name"}},
		"in the subject":                        {change: func(p *onboard.PoolSettings) { p.InviteSubject = "Welcome to EXAMPLE & Sons" }},
		"in the text":                           {change: func(p *onboard.PoolSettings) { p.InviteBody += "<p>Example <b>&amp;</b>\n Sons</p>" }},
		"in the sender":                         {change: func(p *onboard.PoolSettings) { p.Sender = `"Example & Sons" <usher@example.org>` }},
		"another in the sender":                 {change: func(p *onboard.PoolSettings) { p.Sender = "Onboarding <usher@example.org>" }, want: []string{"warning template_without_name"}},
		"only where nobody sees it":             {change: func(p *onboard.PoolSettings) { p.InviteBody += "<style>Example & Sons</style>" }, want: []string{"warning template_without_name"}},
		"nowhere, and people need no passwords": {change: func(p *onboard.PoolSettings) { p.Passwordless = true }, want: []string{"warning passwordless"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := goodPool()
			test.change(&pool)
			got := examine(t, onboard.System{Settings: onboard.Settings{Organization: "Example & Sons"}}, pool)
			if diff := cmp.Diff(test.want, summary(got.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPoolThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		inspector onboard.Inspector
		want      string
		fix       string
	}{
		{
			name:      "misconfigured",
			inspector: &inspector{err: &onboard.PoolError{Class: onboard.ErrMisconfigured, Code: onboard.CodeMisconfigured, Cause: onboard.CauseNoRight, Detail: "AccessDenied"}},
			want:      "error pool_unreadable", fix: "cognito-idp actions",
		},
		{name: "throttled", inspector: &inspector{err: &onboard.PoolError{Class: onboard.ErrThrottled}}, want: "warning pool_unreadable", fix: "Try again"},
		{name: "unclear", inspector: &inspector{err: errors.New("dial canary@example.org")}, want: "error pool_unreadable", fix: "Try again"},
		{name: "no inspector", want: "warning pool_not_inspected", fix: "right to read the pool"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			doctor := onboard.System{}.Doctor(onboard.NewKnownPool(test.inspector, nil), "administrators")
			for range 2 { // the second time from memory
				got := doctor.Examine(t.Context())
				if diff := cmp.Diff([]string{test.want}, summary(got.Findings)); diff != "" || got.Settings != nil {
					t.Fatalf("settings %v, findings (-want +got):\n%s", got.Settings, diff)
				}
				if text := fmt.Sprint(got.Findings); !strings.Contains(text, test.fix) || strings.Contains(text, "canary") || strings.Contains(text, "AccessDenied") {
					t.Errorf("findings: %s", text)
				}
			}
		})
	}
}

// The sender's quota and the shortage are said with the same number, and each fix
// once.
func TestTheBuiltInSenderIsNamedWithTheQuotaInUse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		configured   int
		sender, mail string
	}{
		{configured: 0, sender: "own sender: 50 mails a day for the whole account", mail: "51 mails are needed and 50 a day can be sent"},
		{configured: 1, sender: "own sender: 1 mail a day for the whole account", mail: "51 mails are needed and 1 a day can be sent"},
		{configured: 2, sender: "own sender: 2 mails a day for the whole account", mail: "51 mails are needed and 2 a day can be sent"},
		{configured: 50, sender: "own sender: 50 mails a day for the whole account", mail: "51 mails are needed and 50 a day can be sent"},
		{configured: 51, sender: "own sender: usher is configured for 51 mails a day, where AWS documents 50 for the whole account"},
	} {
		t.Run(fmt.Sprint(test.configured), func(t *testing.T) {
			t.Parallel()
			pool := goodPool()
			pool.OwnSender, pool.InviteBody = false, ""
			system := onboard.System{Store: memory.NewStore(), Inspector: &inspector{settings: pool}}
			system.MailQuota, system.MaxOpen = test.configured, 100*24*time.Hour
			sender := examine(t, system, pool).Findings[0]
			if sender.Code != "builtin_sender" || !strings.Contains(sender.Effect, test.sender) || !strings.Contains(sender.Fix, "SES") {
				t.Errorf("the sender's finding is %v, want %q", sender, test.sender)
			}
			shortage, ok := forecastOf(t, system, onboard.Options{}, 51).Mail.Finding()
			if ok != (test.mail != "") || !strings.HasPrefix(shortage.Effect, test.mail) || strings.Contains(shortage.Fix, "SES") {
				t.Errorf("the shortage is %v, want %q and no SES", shortage, test.mail)
			}
		})
	}
}
