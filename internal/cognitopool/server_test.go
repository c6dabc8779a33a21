package cognitopool_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"usher.example/internal/testing/awsstub"
	"usher.example/internal/testing/onboardtest"
)

// server is as much of Cognito as the contract is about, in a pool with addresses
// as user names that ignores case (Amazon Cognito API Reference,
// "AdminCreateUser", "AdminGetUser", "AdminAddUserToGroup" and "ListUsers"; Developer Guide,
// "Customizing sign-in attributes").
type server struct {
	mu     sync.Mutex
	users  map[string]*user // by folded address
	groups []string
	fault  onboardtest.Fault
}

type user struct {
	sub, status       string
	created, modified time.Time
	attributes        map[string]string
	groups            []string
	mails             int
}

func newServer() *server { return &server{users: map[string]*user{}} }

// request holds the parameters of the calls.
type request struct {
	UserPoolID             string `json:"UserPoolId"`
	Username               string
	GroupName              string
	MessageAction          string
	DesiredDeliveryMediums []string
	UserAttributes         []struct{ Name, Value string }
	Filter                 string
	PaginationToken        string
}

// refusal is an error answer with a code; it quotes the user, as Cognito may.
func refusal(code, username string) awsstub.Answer {
	return awsstub.Refusal(status(code), code, "about "+username)
}

// answer answers one call of the SDK, or fails as it is told to.
func (s *server) answer(call awsstub.Call) awsstub.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var in request
	call.Decode(&in)
	switch s.fault {
	case onboardtest.CallsThrottled:
		return refusal("TooManyRequestsException", in.Username)
	case onboardtest.PoolUnfit:
		return refusal("NotAuthorizedException", in.Username)
	case onboardtest.CallsLost:
		return awsstub.Lost(errors.New("connection reset"))
	case onboardtest.AnswersLost:
		s.perform(call.Operation, in)
		return awsstub.Lost(io.ErrUnexpectedEOF)
	case onboardtest.CallsSlow:
		return s.perform(call.Operation, in).In(3 * time.Second)
	}
	return s.perform(call.Operation, in)
}

func (s *server) perform(operation string, in request) awsstub.Answer {
	u := s.users[strings.ToLower(in.Username)]
	switch {
	case in.UserPoolID != poolID:
		return refusal("ResourceNotFoundException", in.Username)
	case operation == "ListUsers":
		return s.list(in)
	case operation == "AdminCreateUser" && in.MessageAction == "RESEND":
		return s.resend(u, in)
	case operation == "AdminCreateUser":
		return s.create(u, in)
	case operation == "AdminGetUser" && u != nil:
		fields := u.fields()
		fields["UserAttributes"] = fields["Attributes"]
		return awsstub.OK(fields)
	case operation == "AdminAddUserToGroup" && u != nil:
		return s.join(u, in)
	}
	return refusal("UserNotFoundException", in.Username)
}

func (s *server) create(u *user, in request) awsstub.Answer {
	mails := in.MessageAction != "SUPPRESS"
	switch {
	case !validUsername(in.Username), !validAttributes(in):
		return refusal("InvalidParameterException", in.Username)
	case u != nil:
		return refusal("UsernameExistsException", in.Username)
	case s.fault == onboardtest.TriggerRefuses:
		return refusal("UserLambdaValidationException", in.Username)
	case s.fault == onboardtest.PasswordRefused:
		return refusal("InvalidPasswordException", in.Username)
	case mails && s.fault == onboardtest.MailUsedUp:
		return refusal("LimitExceededException", in.Username)
	}
	u = s.add(in.Username, "FORCE_CHANGE_PASSWORD")
	for _, a := range in.UserAttributes {
		u.attributes[a.Name] = a.Value
	}
	if mails {
		return s.mail(u, in)
	}
	return awsstub.OK(map[string]any{"User": u.fields()})
}

func (s *server) resend(u *user, in request) awsstub.Answer {
	switch {
	case u == nil:
		return refusal("UserNotFoundException", in.Username)
	case u.status != "FORCE_CHANGE_PASSWORD":
		return refusal("UnsupportedUserStateException", in.Username)
	case s.fault == onboardtest.MailUsedUp:
		return refusal("LimitExceededException", in.Username)
	}
	u.modified = time.Now()
	return s.mail(u, in)
}

// mail sends to whom the call names a medium for; without one, Cognito takes SMS.
func (s *server) mail(u *user, in request) awsstub.Answer {
	if s.fault == onboardtest.MailFails {
		return refusal("CodeDeliveryFailureException", in.Username)
	}
	if slices.Contains(in.DesiredDeliveryMediums, "EMAIL") {
		u.mails++
	}
	return awsstub.OK(map[string]any{"User": u.fields()})
}

func (s *server) join(u *user, in request) awsstub.Answer {
	if !slices.Contains(s.groups, in.GroupName) {
		return refusal("ResourceNotFoundException", in.Username)
	}
	if !slices.Contains(u.groups, in.GroupName) {
		u.groups = append(u.groups, in.GroupName)
	}
	return awsstub.OK(nil)
}

// emailFilter is the one form of a filter that is asked for; quotes and backslashes in the
// value are escaped.
var emailFilter = regexp.MustCompile(`^email = "((?:[^"\\]|\\["\\])*)"$`)

func (s *server) list(in request) awsstub.Answer {
	if in.Filter == `cognito:user_status = "FORCE_CHANGE_PASSWORD"` {
		return s.listWaiting(in)
	}
	parts := emailFilter.FindStringSubmatch(in.Filter)
	if parts == nil || utf8.RuneCountInString(in.Filter) > 256 {
		return refusal("InvalidParameterException", in.Filter)
	}
	email := strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(parts[1])
	users := []map[string]any{}
	for _, u := range s.users {
		if u.attributes["email"] == email {
			users = append(users, u.fields())
		}
	}
	return awsstub.OK(map[string]any{"Users": users})
}

// listWaiting lists the users who have not signed in, 60 a page, in the order of their names.
func (s *server) listWaiting(in request) awsstub.Answer {
	from, page := 0, []map[string]any{}
	if in.PaginationToken != "" {
		var err error
		if from, err = strconv.Atoi(in.PaginationToken); err != nil {
			return refusal("InvalidParameterException", in.PaginationToken)
		}
	}
	for i, name := range slices.Sorted(maps.Keys(s.users)) {
		switch u := s.users[name]; {
		case i < from || u.status != "FORCE_CHANGE_PASSWORD":
		case len(page) == 60:
			return awsstub.OK(map[string]any{"Users": page, "PaginationToken": strconv.Itoa(i)})
		default:
			page = append(page, u.fields())
		}
	}
	return awsstub.OK(map[string]any{"Users": page})
}

func (s *server) add(email, status string) *user {
	now := time.Now()
	u := &user{
		sub: fmt.Sprintf("sub-%d", len(s.users)), status: status, created: now, modified: now,
		attributes: map[string]string{"email": email, "email_verified": "true"},
	}
	s.users[strings.ToLower(email)] = u
	return u
}

// fields is a UserType. Dates are seconds, to the millisecond.
func (u *user) fields() map[string]any {
	attributes := []map[string]string{{"Name": "sub", "Value": u.sub}}
	for name, value := range u.attributes {
		attributes = append(attributes, map[string]string{"Name": name, "Value": value})
	}
	return map[string]any{
		"Username": u.sub, "Enabled": true, "UserStatus": u.status, "Attributes": attributes,
		"UserCreateDate":       float64(u.created.UnixMilli()) / 1000,
		"UserLastModifiedDate": float64(u.modified.UnixMilli()) / 1000,
	}
}

func validUsername(name string) bool {
	address, err := mail.ParseAddress(name)
	return err == nil && address.Address == name && utf8.RuneCountInString(name) <= 128
}

var phone = regexp.MustCompile(`^\+[0-9]{1,15}$`)

// lengths lists the attributes that the pool has and their greatest lengths.
var lengths = map[string]int{
	"email": 2048, "email_verified": 5, "given_name": 2048, "phone_number": 2048,
	onboardtest.CustomAttribute: onboardtest.CustomLength,
}

func validAttributes(in request) bool {
	for _, a := range in.UserAttributes {
		length, known := lengths[a.Name]
		if !known || utf8.RuneCountInString(a.Value) > length || a.Name == "phone_number" && !phone.MatchString(a.Value) {
			return false
		}
	}
	return true
}
