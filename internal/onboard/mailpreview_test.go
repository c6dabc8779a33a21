package onboard_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// passwords are the temporary ones in the texts of these tests.
var passwords = regexp.MustCompile(`(?i)(password( is|:)) (\S+?)(\.?)(\s|$)`)

// shown is a mail as a preview shows it.
func shown(m memory.Mail) memory.Mail {
	m.Body = passwords.ReplaceAllString(onboard.PlainText(m.Body), "$1 (temporary password)$4$5")
	return m
}

// The check is the run, for the mail too.
func TestThePreviewIsTheMail(t *testing.T) {
	t.Parallel()
	markup := memory.Template{Subject: "{username}, welcome", Body: "<p>Hello {username}!</p><p>Password: {####} <br>Example School</p>"}
	for _, kind := range memory.Kinds {
		for name, cfg := range map[string]memory.PoolConfig{
			"standard": {}, "own": {Invitation: trusted}, "markup": {Invitation: markup}, "built-in sender": {MailQuota: 5},
		} {
			t.Run(string(kind)+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					pool := memory.NewPool(cfg.Shaped(kind))
					settings, err := pool.Inspect(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					attributes := map[string]string{}
					if kind == memory.RequiredFixed {
						attributes[memory.FixedAttribute] = "x"
					}
					if _, err := pool.Invite(t.Context(), onboard.Ask{Email: "ann@example.org", Attributes: attributes}); err != nil {
						if kind == memory.Aliased || kind == memory.PhoneOnly || errors.Is(err, onboard.ErrNotMailed) {
							return // such pools take no address, or their senders send nothing
						}
						t.Fatal(err)
					}
					got, mail := settings.PreviewMail("ann@example.org"), shown(pool.Mailbox()[0])
					if got.Author == onboard.AuthorTrigger {
						if got.Text != "" || got.Subject != "" || !strings.Contains(got.Note, "trigger") || len(settings.Triggers) == 0 {
							t.Errorf("the preview of a trigger's mail is %+v", got)
						}
						return
					}
					if got.Text != mail.Body && got.Note == "" || got.From != mail.From || got.Subject != mail.Subject && got.Subject != "" {
						t.Errorf("the preview is %+v, the mail %+v", got, mail)
					}
					if isOwn := cfg.Invitation != (memory.Template{}); isOwn != (got.Author == onboard.AuthorPool) {
						t.Errorf("written by %s, own text %t", got.Author, isOwn)
					}
				})
			})
		}
	}
}

func TestAPreviewSaysWhatIsNotCertain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*onboard.PoolSettings)
		want   string // part of the note; "": there is none
	}{
		"nothing":                        {change: func(*onboard.PoolSettings) {}},
		"the built-in sender":            {change: func(p *onboard.PoolSettings) { p.OwnSender, p.Sender = false, "" }, want: "standard text instead"},
		"standard text of its sender":    {change: func(p *onboard.PoolSettings) { p.OwnSender, p.Sender, p.InviteBody = false, "", "" }},
		"no place for the password":      {change: func(p *onboard.PoolSettings) { p.InviteBody = "Hello {username}" }, want: "does not send"},
		"no passwords":                   {change: func(p *onboard.PoolSettings) { p.Passwordless = true }, want: "no temporary password"},
		"no passwords and no text":       {change: func(p *onboard.PoolSettings) { p.Passwordless, p.InviteBody = true, "" }, want: "without a password"},
		"a trigger that writes":          {change: func(p *onboard.PoolSettings) { p.Triggers = []string{onboard.TriggerMessage} }, want: "custom message"},
		"a trigger that sends":           {change: func(p *onboard.PoolSettings) { p.Triggers = []string{onboard.TriggerSender} }, want: "custom sender"},
		"a trigger that does not matter": {change: func(p *onboard.PoolSettings) { p.Triggers = []string{"PreSignUp"} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := goodPool()
			test.change(&pool)
			got := pool.PreviewMail("ann@example.org")
			if (got.Note == "") != (test.want == "") || !strings.Contains(got.Note, test.want) {
				t.Errorf("the note is %q, want %q in it", got.Note, test.want)
			}
			if strings.Contains(got.Text, "{####}") || strings.Contains(got.Text, "{username}") {
				t.Errorf("the text has an open place: %q", got.Text)
			}
		})
	}
}
