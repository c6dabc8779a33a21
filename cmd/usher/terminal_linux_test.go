package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal returns the two ends of a pseudo-terminal of 100 columns
// (pts(4)): what a person sees and types at, and what a program is given.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	person = os.NewFile(uintptr(master), "/dev/ptmx")
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return person, program
}

// session is usher at a terminal.
type session struct {
	t      *testing.T
	person *os.File
	cmd    *exec.Cmd

	mu   sync.Mutex
	text strings.Builder
	news chan struct{} // holds one when there is more text, closed at its end
}

// atTerminal starts usher with its input and its messages at a terminal, which
// it also has for its own, and its data in out.
func atTerminal(t *testing.T, env []string, out io.Writer, args ...string) *session {
	t.Helper()
	person, program := openTerminal(t)
	s := &session{t: t, person: person, news: make(chan struct{}, 1)}
	s.cmd = exec.CommandContext(t.Context(), "usher", args...)
	s.cmd.Env = append(os.Environ(), append([]string{"TERM=xterm", "NO_COLOR="}, env...)...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = program, out, program
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	go s.listen()
	return s
}

// listen reads what the terminal shows, until the program has closed its end.
func (s *session) listen() {
	defer close(s.news)
	for buffer := make([]byte, 4096); ; {
		n, err := s.person.Read(buffer)
		s.mu.Lock()
		s.text.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
		select {
		case s.news <- struct{}{}:
		default:
		}
	}
}

func (s *session) shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until the terminal has shown a text.
func (s *session) await(pattern string) {
	s.t.Helper()
	for !regexp.MustCompile(pattern).MatchString(s.shown()) {
		if _, more := <-s.news; !more && !regexp.MustCompile(pattern).MatchString(s.shown()) {
			s.t.Fatalf("the terminal shows no %q:\n%q", pattern, s.shown())
		}
	}
}

// awaitEcho waits until what is typed is shown, or is not.
func (s *session) awaitEcho(want bool) {
	s.t.Helper()
	for {
		setting := s.setting()
		if setting.Lflag&unix.ECHO != 0 == want {
			return
		}
		runtime.Gosched()
	}
}

// setting is how the terminal is set. Fd would make its reads block for good.
func (s *session) setting() *unix.Termios {
	s.t.Helper()
	raw, err := s.person.SyscallConn()
	if err != nil {
		s.t.Fatal(err)
	}
	var setting *unix.Termios
	if controlled := raw.Control(func(fd uintptr) { setting, err = unix.IoctlGetTermios(int(fd), unix.TCGETS) }); controlled != nil || err != nil {
		s.t.Fatal(controlled, err)
	}
	return setting
}

// secret types a password when it is asked for.
func (s *session) secret(question, text string) {
	s.t.Helper()
	s.await(question + ": $")
	s.awaitEcho(false)
	s.typed(text + "\n")
}

func (s *session) typed(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.person, text); err != nil {
		s.t.Fatal(err)
	}
}

// end waits for the end of the program and returns its exit code and all that
// the terminal has shown.
func (s *session) end() (int, string) {
	for range s.news { // until closed
	}
	_ = s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode(), s.shown()
}

func TestBarAtATerminal(t *testing.T) {
	t.Parallel()
	server := localServer(t, "USER_CREATION_RATE=20")
	var data strings.Builder
	s := atTerminal(t, []string{"USHER_URL=" + server.url}, &data, "submit", writePeople(t, 40))
	s.await(`Continue\? \[y/N\] `)
	s.typed("y\n")
	code, shown := s.end()
	if code != exitDone {
		t.Fatalf("exit code %d:\n%s", code, shown)
	}
	drawn := regexp.MustCompile(`\r +(\d+)% \[[^\r]*?(\d+) of 40(, 19 rows per second, about \d second)?`).FindAllStringSubmatch(shown, -1)
	if len(drawn) < 3 || drawn[0][1] != "0" || drawn[len(drawn)-1][1] != "100" || drawn[len(drawn)-1][2] != "40" {
		t.Errorf("the bar was drawn as %q in\n%q", drawn, shown)
	}
	if drawn[0][3] == "" {
		t.Errorf("the bar begins without rate and time left: %q", drawn[0][0])
	}
	for _, line := range strings.Split(shown, "\r") {
		if plain := regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`).ReplaceAllString(line, ""); strings.Contains(plain, "%") && len(plain) > 100 {
			t.Errorf("a line of the bar is wider than the terminal: %q", plain)
		}
	}
	if !strings.Contains(shown, "\x1b[32mDone: every person is invited") {
		t.Errorf("the end is not shown in green:\n%q", shown)
	}
	if !strings.HasPrefix(data.String(), "request ") || strings.ContainsAny(data.String(), "\x1b\r") {
		t.Errorf("the data is %q", data.String())
	}
}

func TestNoColorAtATerminal(t *testing.T) {
	t.Parallel()
	server := localServer(t)
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb"} {
		s := atTerminal(t, []string{"USHER_URL=" + server.url, env}, io.Discard, "submit", "--yes", writePeople(t, 2))
		code, shown := s.end()
		if code != exitDone || strings.Contains(shown, "\x1b[3") {
			t.Errorf("%s: exit code %d:\n%q", env, code, shown)
		}
		if env == "TERM=dumb" && strings.Contains(shown, "\x1b") {
			t.Errorf("a terminal that knows nothing is shown %q", shown)
		}
	}
}

// Ctrl-C at a terminal reaches the bar as well as a question, and leaves the
// terminal as it was.
func TestCtrlCAtATerminal(t *testing.T) {
	t.Parallel()
	server := localServer(t, "USER_CREATION_RATE=5")
	s := atTerminal(t, []string{"USHER_URL=" + server.url}, io.Discard, "submit", writePeople(t, 500))
	s.await(`Continue\?`)
	s.typed("y\n")
	s.await(`about \d+ (seconds|minutes) left`)
	s.typed("\x03")
	code, shown := s.end()
	if code != exitInterrupted || !regexp.MustCompile(`The request continues. To watch it:\r\n  usher watch [0-9A-Z]{26}`).MatchString(shown) {
		t.Errorf("exit code %d:\n%q", code, shown)
	}

	s = atTerminal(t, []string{"USHER_URL=" + server.url}, io.Discard, "submit", writePeople(t, 1))
	s.await(`Continue\?`)
	s.typed("\x03")
	if code, shown := s.end(); code != exitInterrupted || strings.Contains(shown, "continues") {
		t.Errorf("at the question: exit code %d:\n%q", code, shown)
	}
}

func TestPasswordIsNotShown(t *testing.T) {
	t.Parallel()
	env := []string{"XDG_CONFIG_HOME=" + t.TempDir(), "AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL=" + newCognito(t, "http://127.0.0.1:1")}
	s := atTerminal(t, env, io.Discard, "login", "--url", "http://127.0.0.1:1", "--client-id", "client1", "--user", "ann@example.org")
	s.secret("Password", "Temporary1!")
	s.secret("New password", "Blossom-1")
	s.secret("Repeat the new password", "Blossom-1")
	code, shown := s.end()
	if code != exitDone || strings.Contains(shown, "Blossom") || strings.Contains(shown, "Temporary1") {
		t.Errorf("exit code %d:\n%q", code, shown)
	}

	// Interrupted, it gives the echo back.
	s = atTerminal(t, env, io.Discard, "login", "--url", "http://127.0.0.1:1", "--client-id", "client1", "--user", "ann@example.org")
	s.await("Password: $")
	s.awaitEcho(false)
	s.typed("\x03")
	s.await(`interrupted`)
	s.awaitEcho(true)
	if code, shown := s.end(); code != exitInterrupted {
		t.Errorf("exit code %d:\n%q", code, shown)
	}
}
