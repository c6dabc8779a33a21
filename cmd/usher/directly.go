package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"usher.example/cmd/usher/direct"
	"usher.example/internal/client"
	"usher.example/internal/sqlite"
)

// pooled holds the flags for a pool that is reached without a stack.
type pooled struct {
	pool, profile string
	quota         float64
	mailQuota     int
	passwords     string
}

// addQuotas adds the flags that say what the account allows.
func (p *program) addQuotas(cmd *cobra.Command) {
	cmd.Flags().Float64Var(&p.direct.quota, "quota", 0, "users per second that the account allows Cognito to create (default: that of the last run, else 50)")
	cmd.Flags().IntVar(&p.direct.mailQuota, "mail-quota", 0, "mails per day that the pool's SES identity may send (default: that of the last run, else not known)")
}

// addPasswords adds the flag that says which temporary passwords people get.
func (p *program) addPasswords(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.direct.passwords, "temporary-passwords", "", "typeable, such as Kx7mR-t4qZp-9wLfn, or pool: the pool makes them (default: that of the last run, else pool)")
	offerValues(cmd, "temporary-passwords", direct.PasswordsTypeable, direct.PasswordsOfPool)
}

// check refuses values that no account has.
func (d pooled) check() error {
	switch {
	case d.quota < 0 || d.quota > maxQuota:
		return misused("--quota %g is not valid; give the users per second that the account allows, such as 50", d.quota)
	case d.mailQuota < 0:
		return misused("--mail-quota %d is not valid; give the mails per day, such as 50000", d.mailQuota)
	case d.passwords != "" && d.passwords != direct.PasswordsTypeable && d.passwords != direct.PasswordsOfPool:
		return misused("--temporary-passwords %s is not valid; give typeable or pool", d.passwords)
	}
	return nil
}

// maxQuota is more creations a second than any known account has.
const maxQuota = 10_000

// poolID is the pool to reach without a stack, "" if there is none. An address of an
// usher that is given has precedence over the variable.
func (p *program) poolID() string {
	if p.direct.pool == "" && p.url == "" && p.stack == "" && p.getenv("USHER_URL") == "" {
		return p.getenv("USHER_POOL")
	}
	return p.direct.pool
}

// connect prepares calls to a pool.
func (p *program) connect(ctx context.Context, pool string) (*direct.Account, error) {
	if p.url != "" || p.stack != "" {
		return nil, misused("give --pool, or --url or --stack, not both")
	}
	if err := p.direct.check(); err != nil {
		return nil, err
	}
	account, err := direct.Connect(ctx, pool, p.region, p.direct.profile)
	if err != nil {
		return nil, misused("%w", err)
	}
	return account, nil
}

// open opens usher over a pool in this process. It says what the run before left.
func (p *program) open(ctx context.Context, account *direct.Account, pool, caller string) (err error) {
	root, err := direct.Root(p.getenv)
	if err != nil {
		return err
	}
	p.usher, err = direct.Open(ctx, account, direct.Config{
		Pool: pool, Profile: p.direct.profile, Quota: p.direct.quota, MailQuota: p.direct.mailQuota, TemporaryPasswords: p.direct.passwords,
		Root: root, Caller: caller, Log: p.newLog(),
	})
	if err != nil {
		return explained(err)
	}
	if text := leftBy(p.usher.CutOff()); text != "" {
		p.say("The last run was cut off: %s. Nothing is lost, and this run continues.", text)
	}
	return nil
}

// newLog writes failures to the state's log only if they are asked for: what people need
// to know, the commands say.
func (p *program) newLog() *slog.Logger {
	if p.getenv("USHER_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(lineAtOnce{p.err}, nil))
}

// lineAtOnce keeps the bar and the log's lines apart.
type lineAtOnce struct{ to io.Writer }

func (l lineAtOnce) Write(b []byte) (int, error) {
	if _, err := l.to.Write(append([]byte("\r"), b...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// leftBy describes what a process that was killed was in the middle of.
func leftBy(cut sqlite.CutOff) string {
	var text []string
	if cut.Messages > 0 {
		text = append(text, counted(cut.Messages, "row was", "rows were")+" being processed")
	}
	if cut.Claims > 0 {
		text = append(text, fmt.Sprintf("for %d of them a call to the pool may have been on its way", cut.Claims))
	}
	if cut.Submissions > 0 {
		text = append(text, counted(cut.Submissions, "file was", "files were")+" not accepted to the end, and nobody of it was invited")
	}
	return strings.Join(text, "; ")
}

// explained adds what to do about an error of the state or the pool.
func explained(err error) error {
	if errors.Is(err, sqlite.ErrInUse) {
		return endsWith(exitError, "%w", err)
	}
	return err
}

// directClient returns a client for the usher in this process.
func (p *program) directClient() (*client.Client, error) {
	return client.New(client.Config{
		URL: "http://127.0.0.1", Agent: agent(), Trouble: p.reportTrouble, Patience: p.patience,
		HTTP: &http.Client{Transport: p.usher},
	})
}

// close ends the usher in this process, if there is one.
func (p *program) close() error {
	if p.usher == nil {
		return nil
	}
	u := p.usher
	p.usher = nil
	return u.Close()
}

// addressed turns the advice for an usher that runs elsewhere into advice for the one
// in this process: the commands need the pool, and sending is inviting.
func (p *program) addressed(text string) string {
	if p.usher == nil {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		command, ok := strings.CutPrefix(line, "  usher ")
		if !ok {
			continue
		}
		if rest, ok := strings.CutPrefix(command, "submit "); ok {
			command = "invite " + rest
		}
		if strings.HasPrefix(command, "watch ") || strings.HasPrefix(command, "resume ") {
			command = "invite"
		}
		before, filter, piped := strings.Cut(command, " | ")
		if before += " --pool " + p.usher.Folder.Pool; piped {
			before += " | " + filter
		}
		lines[i] = "  usher " + before
	}
	return strings.Join(lines, "\n")
}

// shortPath is a path with ~ for the home folder.
func shortPath(path string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
		return filepath.Join("~", rest)
	}
	return path
}
