package dynamostore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"usher.example/internal/onboard"
)

const (
	// batchOfKeys is how many items one BatchGetItem may ask for (Amazon DynamoDB API
	// Reference, "BatchGetItem"). A claim has less than 1 kB, so that the answer is far
	// from the other limit, 16 MB.
	batchOfKeys = 100

	// batchesAtOnce bounds how many are on the way together: 10,000 claims are read in
	// seven turns, and take 800 of the 12,000 read units a second that a new table has.
	batchesAtOnce = 16
)

// Claims returns the stored claims of the given addresses. They are not read
// consistently, at half the price: nobody acts on what was known a second ago. See
// [onboard.Invitations].
func (s *Store) Claims(ctx context.Context, addresses []string) (map[string]onboard.Claim, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	found := map[string]onboard.Claim{}
	var faults []error
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(batchesAtOnce)
	for batch := range slices.Chunk(distinct(addresses), batchOfKeys) {
		group.Go(func() error {
			claims, damage, err := s.claims(ctx, batch)
			mu.Lock()
			defer mu.Unlock()
			for _, claim := range claims {
				found[claim.Address] = claim
			}
			faults = append(faults, damage...)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return found, errors.Join(faults...)
}

// claims reads one batch: the claims that can be read, and an error for each that
// cannot.
func (s *Store) claims(ctx context.Context, batch []string) (claims []onboard.Claim, damage []error, err error) {
	const what = "reading claims"
	keys := make([]map[string]types.AttributeValue, len(batch))
	for i, address := range batch {
		keys[i] = claimKey(address)
	}
	stored, err := s.getAll(ctx, what, types.KeysAndAttributes{Keys: keys})
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	for _, f := range stored {
		if f.gone(now) {
			continue
		}
		claim, err := readClaim(f)
		if err != nil {
			damage = append(damage, s.malformed(what, err))
			continue
		}
		claims = append(claims, claim)
	}
	return claims, damage, nil
}

// distinct returns each address once: DynamoDB refuses a batch that names a key
// twice. An empty one has no claim.
func distinct(addresses []string) []string {
	seen := make(map[string]bool, len(addresses))
	list := make([]string, 0, len(addresses))
	for _, address := range addresses {
		if address != "" && !seen[address] {
			seen[address] = true
			list = append(list, address)
		}
	}
	return list
}
