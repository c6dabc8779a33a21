package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// errNoTerminal says that nobody can be asked.
var errNoTerminal = errors.New("there is no terminal")

// asker asks the person at a terminal.
type asker struct {
	program *program
	tty     *os.File
	opened  bool // by newAsker, so close closes it
}

// newAsker finds the terminal to ask at: the standard input or, if that is
// something else, the terminal that the program was started from. The error
// is errNoTerminal if there is none.
func (p *program) newAsker() (*asker, error) {
	if f, ok := isTerminal(p.in); ok {
		return &asker{p, f, false}, nil
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, errNoTerminal
	}
	return &asker{p, tty, true}, nil
}

func (a *asker) close() {
	if a.opened {
		a.tty.Close()
	}
}

// answer asks for one line, without showing it if it is secret. When ctx ends, it
// leaves the terminal as it was.
func (a *asker) answer(ctx context.Context, question string, secret bool) (string, error) {
	before, err := term.GetState(int(a.tty.Fd()))
	if err != nil {
		return "", err
	}
	if _, err := io.WriteString(a.program.err, clean(question)); err != nil {
		return "", err
	}
	type reply struct {
		text string
		err  error
	}
	replies := make(chan reply, 1)
	go func() { // a read of a terminal cannot be ended; when ctx ends, so does the program
		text, err := a.read(secret)
		replies <- reply{text, err}
	}()
	select {
	case r := <-replies:
		if secret {
			a.program.say("")
		}
		return r.text, r.err
	case <-ctx.Done():
		a.program.say("")
		return "", errors.Join(context.Cause(ctx), term.Restore(int(a.tty.Fd()), before))
	}
}

func (a *asker) read(secret bool) (string, error) {
	if secret {
		text, err := term.ReadPassword(int(a.tty.Fd()))
		return string(text), err
	}
	return readLine(a.tty)
}

// readLine reads one line and not a byte beyond it: the rest belongs to others.
func readLine(r io.Reader) (string, error) {
	var line strings.Builder
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		switch {
		case n == 1 && b[0] == '\n':
			return strings.TrimSuffix(line.String(), "\r"), nil
		case n == 1:
			line.WriteByte(b[0])
		case err == io.EOF && line.Len() > 0:
			return line.String(), nil
		case err != nil:
			return "", err
		}
	}
}

// agreed asks a yes-or-no question. Anything but y or yes means no.
func (a *asker) agreed(ctx context.Context, question string) (bool, error) {
	text, err := a.answer(ctx, question+" [y/N] ", false)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "y", "yes":
		return true, err
	}
	return false, err
}
