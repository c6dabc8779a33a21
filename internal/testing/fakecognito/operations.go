package fakecognito

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"usher.example/internal/onboard"
)

// request is the input of all operations.
type request struct {
	UserPoolID     string `json:"UserPoolId"`
	Username       string
	MessageAction  string
	GroupName      string
	Filter         string
	UserAttributes []attribute

	TemporaryPassword string
}

type attribute struct{ Name, Value string }

// perform answers one operation. A call whose body has arrived has its effect, also if
// the caller is gone by then.
func (f *Fake) perform(w http.ResponseWriter, r *http.Request, operation string, body []byte) {
	var in request
	if err := json.Unmarshal(body, &in); err != nil {
		refuse(w, "SerializationException")
		return
	}
	if in.UserPoolID != PoolID {
		refuse(w, "ResourceNotFoundException")
		return
	}
	ctx := context.WithoutCancel(r.Context())
	out, err := f.result(ctx, operation, in)
	var fault *onboard.PoolError
	switch {
	case errors.As(err, &fault) && fault.Class == onboard.ErrUnclear:
		panic(http.ErrAbortHandler) // the answer is lost
	case errors.As(err, &fault):
		refuse(w, fault.Detail)
	case err != nil:
		refuse(w, "InternalErrorException")
	default:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(out)
	}
}

func (f *Fake) result(ctx context.Context, operation string, in request) (out any, err error) {
	switch operation {
	case "DescribeUserPool":
		return f.describe(ctx)
	case "ListGroups":
		return f.groups(ctx)
	case "AdminCreateUser":
		return f.create(ctx, in)
	case "AdminGetUser":
		u, err := f.Pool.Look(ctx, in.Username)
		fields := fieldsOf(u, in.Username)
		fields["UserAttributes"] = fields["Attributes"]
		return fields, err
	case "ListUsers":
		return f.list(ctx, in)
	case "AdminAddUserToGroup":
		return struct{}{}, f.Pool.AddToGroup(ctx, in.Username, in.GroupName)
	}
	return nil, &onboard.PoolError{Class: onboard.ErrMisconfigured, Detail: "UnknownOperationException"}
}

func (f *Fake) create(ctx context.Context, in request) (any, error) {
	if in.TemporaryPassword != "" {
		f.mu.Lock()
		f.passwords++
		f.mu.Unlock()
	}
	if in.MessageAction == "RESEND" {
		u, err := f.Pool.Resend(ctx, in.Username)
		return map[string]any{"User": fieldsOf(u, in.Username)}, err
	}
	ask := onboard.Ask{Email: in.Username, Attributes: map[string]string{}, SuppressMail: in.MessageAction == "SUPPRESS"}
	for _, a := range in.UserAttributes {
		ask.Attributes[a.Name] = a.Value
	}
	u, err := f.Pool.Invite(ctx, ask)
	return map[string]any{"User": fieldsOf(u, in.Username)}, err
}

// list is ListUsers by address, which is all that inviting needs of it.
func (f *Fake) list(ctx context.Context, in request) (any, error) {
	quoted, isByEmail := strings.CutPrefix(in.Filter, "email = ")
	email, isWhole := strings.CutSuffix(strings.TrimPrefix(quoted, `"`), `"`)
	if !isByEmail || !isWhole {
		return nil, &onboard.PoolError{Class: onboard.ErrRefused, Detail: "InvalidParameterException"}
	}
	found, err := f.Pool.Find(ctx, strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(email))
	users := []map[string]any{}
	for _, u := range found {
		signedIn := u.Standing != onboard.StandingWaiting
		users = append(users, fieldsOf(onboard.User{Sub: u.Sub, CreatedAt: u.CreatedAt, ModifiedAt: u.ModifiedAt, SignedIn: signedIn}, email))
	}
	return map[string]any{"Users": users}, err
}

// fieldsOf is a UserType. Dates are seconds, to the millisecond.
func fieldsOf(u onboard.User, email string) map[string]any {
	status := "FORCE_CHANGE_PASSWORD"
	if u.SignedIn {
		status = "CONFIRMED"
	}
	return map[string]any{
		"Username": u.Sub, "Enabled": true, "UserStatus": status,
		"Attributes":           []attribute{{"sub", u.Sub}, {"email", email}, {"email_verified", "true"}},
		"UserCreateDate":       float64(u.CreatedAt.UnixMilli()) / 1000,
		"UserLastModifiedDate": float64(u.ModifiedAt.UnixMilli()) / 1000,
	}
}

func (f *Fake) describe(ctx context.Context) (any, error) {
	settings, err := f.Pool.Inspect(ctx)
	if err != nil {
		return nil, err
	}
	pool := map[string]any{
		"Id": PoolID, "Arn": PoolARN, "Name": f.name, "DeletionProtection": "ACTIVE",
		"UsernameAttributes": []string{"email"}, "UsernameConfiguration": map[string]any{"CaseSensitive": settings.CaseSensitive},
		"AdminCreateUserConfig":     map[string]any{"AllowAdminCreateUserOnly": true},
		"Policies":                  map[string]any{"PasswordPolicy": map[string]any{"MinimumLength": 12, "TemporaryPasswordValidityDays": settings.TemporaryPasswordDays}},
		"EstimatedNumberOfUsers":    settings.EstimatedUsers,
		"EmailConfiguration":        map[string]any{"EmailSendingAccount": "COGNITO_DEFAULT"},
		"SchemaAttributes":          schemaOf(settings),
		"AccountRecoverySetting":    map[string]any{"RecoveryMechanisms": []any{map[string]any{"Name": "verified_email", "Priority": 1}}},
		"AutoVerifiedAttributes":    []string{"email"},
		"UserAttributeUpdateConfig": nil,
	}
	if settings.OwnSender {
		pool["EmailConfiguration"] = map[string]any{"EmailSendingAccount": "DEVELOPER", "From": "staff@example.org",
			"SourceArn": "arn:aws:ses:" + Region + ":" + Account + ":identity/" + Identity}
	}
	return map[string]any{"UserPool": pool}, nil
}

func schemaOf(settings onboard.PoolSettings) []map[string]any {
	var list []map[string]any
	for _, a := range settings.Attributes {
		list = append(list, map[string]any{"Name": a.Name, "AttributeDataType": a.Type, "Required": a.Required, "Mutable": a.Mutable})
	}
	return list
}

func (f *Fake) groups(ctx context.Context) (any, error) {
	settings, err := f.Pool.Inspect(ctx)
	var list []map[string]string
	for _, name := range settings.Groups {
		list = append(list, map[string]string{"GroupName": name})
	}
	return map[string]any{"Groups": list}, err
}

// refuse answers with an error code of the service.
func refuse(w http.ResponseWriter, code string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": "refused"})
}
