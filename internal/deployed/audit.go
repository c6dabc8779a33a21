package deployed

import (
	"context"
	"io"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// newAudit returns the log of what callers do: JSON lines without a level, which no
// setting switches off. Neither LOG_LEVEL nor AWS_LAMBDA_LOG_LEVEL is read; and Lambda
// takes a line without a level as INFO, which template.yaml always lets through.
func newAudit(w io.Writer) *slog.Logger {
	return slog.New(audit{slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: slog.Level(-1 << 20),
		ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
			if len(groups) == 0 && attr.Key == slog.LevelKey {
				return slog.Attr{}
			}
			return lambdacontext.ReplaceAttr(groups, attr)
		},
	})})
}

// audit adds Lambda's request id, which the access log and the other lines have too.
type audit struct{ slog.Handler }

func (h audit) Handle(ctx context.Context, r slog.Record) error {
	if c, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("requestId", c.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h audit) WithAttrs(attrs []slog.Attr) slog.Handler { return audit{h.Handler.WithAttrs(attrs)} }

func (h audit) WithGroup(name string) slog.Handler { return audit{h.Handler.WithGroup(name)} }
