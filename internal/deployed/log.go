package deployed

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"usher.example/internal/settings"
)

// newLog returns the functions' log: one line an entry, JSON where the function
// is set up so, with Lambda's request id. LOG_LEVEL is the lowest level that is
// written, by default INFO.
func newLog(r *settings.Reader) *slog.Logger {
	var least slog.Level
	if err := least.UnmarshalText([]byte(r.String("LOG_LEVEL", "INFO"))); err != nil {
		r.Fault("LOG_LEVEL", "is invalid: it must be DEBUG, INFO, WARN or ERROR")
	}
	return slog.New(levelled{lambdacontext.NewLogHandler(), least})
}

// levelled drops entries below a level.
type levelled struct {
	slog.Handler

	least slog.Level
}

func (h levelled) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.least && h.Handler.Enabled(ctx, level)
}

func (h levelled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levelled{h.Handler.WithAttrs(attrs), h.least}
}

func (h levelled) WithGroup(name string) slog.Handler {
	return levelled{h.Handler.WithGroup(name), h.least}
}
