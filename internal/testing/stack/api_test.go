package stack

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// routes says of each route who may call it: JWT is a token of the pool, NONE
// is no sign-in.
var routes = map[string]string{
	"POST /requests":                 "JWT",
	"GET /requests":                  "JWT",
	"GET /requests/{id}":             "JWT",
	"GET /requests/{id}/invitations": "JWT",
	"POST /requests/{id}/retry":      "JWT",
	"POST /requests/{id}/resend":     "JWT",
	"POST /requests/{id}/cancel":     "JWT",
	"POST /requests/{id}/resume":     "JWT",
	"POST /requests/{id}/scan":       "JWT",
	"POST /requests/{id}/erase":      "JWT",
	"POST /people/lookup":            "JWT",
	"POST /people/resend":            "JWT",
	"POST /people/cancel":            "JWT",
	"POST /people/export":            "JWT",
	"POST /people/erase":             "JWT",
	"POST /owner/create":             "JWT",
	"GET /pool":                      "JWT",
	"GET /health":                    "NONE",
	"GET /openapi.json":              "NONE",
	"GET /console":                   "NONE",
	"GET /console/{proxy+}":          "NONE",
}

func TestEveryRouteSaysWhoMayCallIt(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	got := map[string]string{}
	for _, name := range d.all("AWS::ApiGatewayV2::Route") {
		p := d.one(t, name).Properties
		key := text(p["RouteKey"])
		if _, twice := got[key]; twice {
			t.Errorf("two resources declare the route %s", key)
		}
		got[key] = text(p["AuthorizationType"])
		if authorizer := text(p["AuthorizerId"]); (got[key] == "JWT") != (authorizer == "<ApiAuthorizer>") {
			t.Errorf("%s: AuthorizationType %s with authorizer %q", key, got[key], authorizer)
		}
		if p["ApiId"] != "<HttpApi>" || p["Target"] != "integrations/<ApiIntegration>" {
			t.Errorf("%s leads from %v to %v", key, p["ApiId"], p["Target"])
		}
	}
	if diff := cmp.Diff(routes, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func TestTokensAreThisPoolsForThisClient(t *testing.T) {
	t.Parallel()
	p := deploy(t).one(t, "ApiAuthorizer").Properties
	want := map[string]any{
		"ApiId": "<HttpApi>", "Name": "pool", "AuthorizerType": "JWT",
		"IdentitySource": []any{"$request.header.Authorization"},
		"JwtConfiguration": map[string]any{
			"Issuer": "https://cognito-idp.ap-northeast-1.amazonaws.com/<UserPool>", "Audience": []any{"<UserPoolClient>"},
		},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("authorizer (-want +got):\n%s", diff)
	}
}

func TestOnlyTheGivenOriginMayCall(t *testing.T) {
	t.Parallel()
	if cors := deploy(t).one(t, "HttpApi").Properties["CorsConfiguration"]; cors != nil {
		t.Errorf("foreign pages may call although no origin is given: %v", cors)
	}
	cors := object(deploy(t, production...).one(t, "HttpApi").Properties["CorsConfiguration"])
	if diff := cmp.Diff([]string{"https://admin.example.org"}, texts(cors["AllowOrigins"])); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
	if cors["AllowCredentials"] != nil {
		t.Error("the API reads no cookies, so no page may send them")
	}
	// A header that is not exposed is invisible to the page, however often the API sends it.
	for _, header := range []string{"link", "location", "retry-after", "etag", "idempotency-replayed"} {
		if !slices.Contains(texts(cors["ExposeHeaders"]), header) {
			t.Errorf("pages cannot read the header %s", header)
		}
	}
	for _, header := range []string{"authorization", "content-type", "idempotency-key", "if-none-match"} {
		if !slices.Contains(texts(cors["AllowHeaders"]), header) {
			t.Errorf("pages cannot send the header %s", header)
		}
	}
}

func TestStageThrottlesAndLogs(t *testing.T) {
	t.Parallel()
	p := deploy(t).one(t, "ApiStage").Properties
	if p["StageName"] != "$default" || p["AutoDeploy"] != true {
		t.Errorf("stage %v, AutoDeploy %v", p["StageName"], p["AutoDeploy"])
	}
	rate, burst := at(p, "DefaultRouteSettings", "ThrottlingRateLimit"), at(p, "DefaultRouteSettings", "ThrottlingBurstLimit")
	if rate == nil || burst == nil {
		t.Errorf("calls are throttled to %v a second and bursts of %v, want both", rate, burst)
	}
	// Amazon API Gateway refuses the ARN with :* at the end, which GetAtt would give.
	if got, want := at(p, "AccessLogSettings", "DestinationArn"), "arn:aws:logs:ap-northeast-1:123456789012:log-group:<AccessLogs>"; got != want {
		t.Errorf("access log goes to %v, want %s", got, want)
	}
	if format := text(at(p, "AccessLogSettings", "Format")); len(format) > 1024 || strings.Contains(format, "\n") {
		t.Errorf("access log format of %d characters, want one line of 1,024 at most:\n%s", len(format), format)
	}
}

func TestOnlyTheAPIMayCallItsFunction(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	if diff := cmp.Diff([]string{"ApiPermission"}, d.all("AWS::Lambda::Permission")); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
	p := d.one(t, "ApiPermission").Properties
	want := map[string]any{
		"FunctionName": "<ApiFunction>", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com",
		"SourceAccount": "123456789012", "SourceArn": "arn:aws:execute-api:ap-northeast-1:123456789012:<HttpApi>/*",
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("permission (-want +got):\n%s", diff)
	}
	if got := text(d.one(t, "ApiIntegration").Properties["IntegrationUri"]); !strings.Contains(got, "/functions/<ApiFunction.Arn>/invocations") {
		t.Errorf("calls go to %s", got)
	}
}

// sam local start-api reads the routes in the manner of the first resource it
// knows: if that is a function, it looks for SAM events and finds no route.
func TestTheAPIStandsBeforeTheFunctions(t *testing.T) {
	t.Parallel()
	tpl := read(t)
	first := slices.IndexFunc(tpl.order, func(name string) bool {
		kind := text(tpl.Resources[name]["Type"])
		return strings.HasPrefix(kind, "AWS::ApiGatewayV2::") || strings.HasPrefix(kind, "AWS::Serverless::")
	})
	if first < 0 || tpl.Resources[tpl.order[first]]["Type"] != "AWS::ApiGatewayV2::Api" {
		t.Errorf("the first that sam local knows is %v, want the API", tpl.order[max(first, 0)])
	}
}
