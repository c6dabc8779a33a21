package oneprocess

import (
	"context"
	"log/slog"

	"usher.example/internal/onboard"
)

// logged writes notices to a log: there is nobody else to give them to.
type logged struct{ log *slog.Logger }

// Notify implements [onboard.Notices].
func (l logged) Notify(ctx context.Context, n onboard.Notice) error {
	l.log.InfoContext(ctx, n.Sentence(), "notice", n.ID)
	return nil
}
