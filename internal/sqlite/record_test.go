package sqlite

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

// The bodies of version 1 as usher has written them. They stay readable, so a test
// that fails here asks for a new step of the schema, not for another text.
const (
	invitationV1 = `{"email":"Email","groups":["Groups"],"attributes":{"Attributes":"Attributes"},"ref":"Ref","cells":["Cells"],` +
		`"round":1,"state":"State","code":"Code","reason":"Reason","attempts":1,"exists":true,"ends_as":"EndsAs","sub":"UserSub","joined":1,` +
		`"updated":1700000000000000001,"retry":1700000000000000001,"due":1700000000000000001,"confirmed":true,"password_until":1700000000000000001,"erased":true}`

	claimV1 = `{"holder":{"request":"RequestID","row":1,"token":"Token"},"until":1700000000000000001,` +
		`"trail":{"by":{"request":"RequestID","row":1,"token":"Token"},"from":1700000000000000001,"to":1700000000000000001,` +
		`"unmailed":true,"gone":true,"resent_after":1700000000000000001},"credited":{"request":"RequestID","row":1,"token":"Token"},` +
		`"sub":"UserSub","credited_at":1700000000000000001,"mailed":1700000000000000001,"forced":1,"forced_since":1700000000000000001,` +
		`"history":[{"request":"RequestID","row":1,"at":1700000000000000001,"mail":1700000000000000001}]}`

	requestV1 = `{"phase":"Phase","label":"Label","options":{"on_existing":"OnExisting","mail":"Mail","force":true,"resend_only":true},` +
		`"passwordless":true,"columns":["Columns"],"separator":"Separator",` +
		`"said":{"columns":{"Columns":"Columns"},"groups":["Groups"],"keep_columns":true},"memberships":1,"total":1,"round":1,"by":"SubmittedBy","submitted":1700000000000000001,` +
		`"accepted_until":1700000000000000001,"closes":1700000000000000001,"ended":1700000000000000001,` +
		`"put_back":{"rows":"Rows","at":1700000000000000001,"after":1},"put_back_done":1700000000000000001,"erased":1700000000000000001,"seal_key":"AQ==",` +
		`"pause":{"code":"Code","reason":"Reason","since":1700000000000000001},"count_from":{"mails":1,"bounced":1},` +
		`"audit":[{"what":"What","by":"By","at":1700000000000000001,"rows":1,"request":"Request"}],"noticed":{"Noticed":"Noticed"}}`

	tallyV1 = `{"states":{"States":1},"codes":{"Codes":1},"updated":1700000000000000001}`

	cellV1 = `{"reserved":1700000000000000001,"clear":1700000000000000001,"unclear":1,"cut":1700000000000000001,"limit_seen":1.5,` +
		`"cut_to":1.5,"mail_rate":1.5,"mail_cut":{"at":1700000000000000001,"seen":1.5,"to":1.5},"mail_least":1.5,"closed_until":1700000000000000001,"backlog":true,` +
		`"pass":{"since":1700000000000000001,"due":1700000000000000001,"request":"RequestID","row":1},"version":1}`
)

// TestEveryFieldIsKept fills every field that the domain's records have, also one
// that was added and that nobody keeps yet.
func TestEveryFieldIsKept(t *testing.T) {
	t.Parallel()
	var inv onboard.Invitation
	fill(reflect.ValueOf(&inv).Elem(), "")
	held(t, inv, invitationV1, invitationBody, func(body []byte) (onboard.Invitation, error) {
		return readInvitation("it", onboard.Invitation{RequestID: inv.RequestID, Row: inv.Row, ExpiresAt: inv.ExpiresAt, Version: inv.Version}, body)
	})
	var claim onboard.Claim
	fill(reflect.ValueOf(&claim).Elem(), "")
	held(t, claim, claimV1, claimBody, func(body []byte) (onboard.Claim, error) {
		return readClaim("it", onboard.Claim{Address: claim.Address, ExpiresAt: claim.ExpiresAt, Version: claim.Version}, body)
	})
	var r onboard.Request
	fill(reflect.ValueOf(&r).Elem(), "")
	held(t, r, requestV1, requestBody, func(body []byte) (onboard.Request, error) {
		return readRequest("it", onboard.Request{ID: r.ID, Tally: r.Tally, ExpiresAt: r.ExpiresAt, Version: r.Version}, body)
	})
	held(t, r.Tally, tallyV1, tallyBody, func(body []byte) (onboard.Tally, error) { return readTally("it", body) })
	var cell onboard.Cell
	fill(reflect.ValueOf(&cell).Elem(), "")
	held(t, cell, cellV1, cellBody, func(body []byte) (onboard.Cell, error) { return readCell("it", body) })
}

// held checks that a record is written as version 1 has it, and read from that.
func held[T any](t *testing.T, record T, want string, write func(T) []byte, read func([]byte) (T, error)) {
	t.Helper()
	if diff := cmp.Diff(want, string(write(record))); diff != "" {
		t.Errorf("%T as written (-want +got):\n%s", record, diff)
	}
	got, err := read([]byte(want))
	if err != nil {
		t.Errorf("%T: %v", record, err)
	}
	if diff := cmp.Diff(record, got); diff != "" {
		t.Errorf("%T as read (-want +got):\n%s", record, diff)
	}
	zero := *new(T)
	if body := string(write(zero)); body != "{}" {
		t.Errorf("a zero %T is written as %s", record, body)
	}
}

// fill gives a value, and all that is in it, something that is not zero: texts are
// the names of their fields.
func fill(v reflect.Value, name string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Unix(1_700_000_000, 1).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, name)
		fill(value, name)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString(name)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Int:
		v.SetInt(1)
	default:
		panic("a field of a kind that this test does not know: " + name + " " + v.Kind().String())
	}
}

func TestWhatIsEmptyIsNotWhatIsMissing(t *testing.T) {
	t.Parallel()
	var inv onboard.Invitation
	inv.Groups, inv.Attributes, inv.Cells = []string{}, map[string]string{}, []string{}
	got, err := readInvitation("it", onboard.Invitation{}, invitationBody(inv))
	if diff := cmp.Diff(inv, got); diff != "" || err != nil {
		t.Errorf("invitation, %v (-want +got):\n%s", err, diff)
	}
	r := onboard.Request{Columns: []string{}, Audit: []onboard.Action{}, Pause: &onboard.Pause{}, PutBack: &onboard.PutBack{}}
	gotRequest, err := readRequest("it", onboard.Request{}, requestBody(r))
	if diff := cmp.Diff(r, gotRequest); diff != "" || err != nil {
		t.Errorf("request, %v (-want +got):\n%s", err, diff)
	}
}
