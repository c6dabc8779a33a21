package onboardtest_test

import (
	"path"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/testing/onboardtest"
)

func TestAKnownDifferenceIsRunAndShownAsSkipped(t *testing.T) {
	t.Parallel()
	const different = "AReceivedMessageComesAgainAfterTheVisibilityTimeout"
	skipped := watch(t, func(t *testing.T, in onboardtest.In) {
		onboardtest.Queue(t, in, func(*testing.T) onboardtest.QueueHarness {
			q := memory.NewQueue(memory.QueueConfig{})
			return onboardtest.QueueHarness{
				Queue: q, Receive: q.Receive, Delete: q.Delete, Visibility: 7 * memory.DefaultVisibilityTimeout, // which is not so
				Differences: onboardtest.Differences{different: "the harness gives a wrong timeout"},
			}
		})
	})
	if diff := cmp.Diff([]string{different}, skipped); diff != "" {
		t.Errorf("skipped cases (-want +got):\n%s", diff)
	}
}

func TestACaseWithoutItsMeansIsShownAsSkipped(t *testing.T) {
	t.Parallel()
	skipped := watch(t, func(t *testing.T, in onboardtest.In) {
		onboardtest.Pool(t, in, func(t *testing.T) onboardtest.PoolHarness {
			p := memory.NewPool(memory.PoolConfig{
				Attributes: []memory.Attribute{{Name: onboardtest.CustomAttribute, MaxLength: onboardtest.CustomLength}},
			})
			return onboardtest.PoolHarness{Pool: p, CreateGroup: p.CreateGroup, MailsTo: p.MailsTo, AddUser: func(email string, signedIn bool) {
				if _, err := p.AddUser(email, signedIn); err != nil {
					t.Error(err)
				}
			}}
		})
	})
	want := []string{ // need Break, User or Directory
		"ACallGivenUpInFlightIsErrUnclear",
		"ACallWhoseAnswerIsLostIsErrUnclearAndHasItsEffect",
		"ALostCallIsErrUnclear",
		"AMailThatFailsIsErrNotMailedAndLeavesTheUser",
		"AMisconfiguredPoolTakesNoCall",
		"ARefusedPasswordIsErrRefused",
		"ASpentMailQuotaIsErrMailQuota",
		"AThrottledCallHasNoEffect",
		"ATriggersRefusalIsErrRefused",
		"FindFailsAsThePoolDoes",
		"FindNobodyIsAnEmptyList",
		"FindShowsTheUserAndNoOther",
		"FindTakesAnAddressWithQuotesAsItIs",
		"InviteKeepsTheAttributes",
		"WaitingFailsAsThePoolDoes",
		"WaitingListsThoseWhoHaveNotSignedInPageByPage",
		"WaitingTakesNoTokenOfAnother",
	}
	if diff := cmp.Diff(want, skipped); diff != "" {
		t.Errorf("skipped cases (-want +got):\n%s", diff)
	}
}

// watch runs a suite in bubbles and returns the cases that were skipped.
func watch(t *testing.T, suite func(*testing.T, onboardtest.In)) []string {
	var mu sync.Mutex
	var skipped []string
	t.Run("Suite", func(t *testing.T) {
		suite(t, func(t *testing.T, run func(*testing.T)) {
			t.Cleanup(func() {
				if t.Skipped() {
					mu.Lock()
					defer mu.Unlock()
					skipped = append(skipped, path.Base(t.Name()))
				}
			})
			synctest.Test(t, run)
		})
	})
	slices.Sort(skipped)
	return skipped
}
