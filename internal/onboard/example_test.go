package onboard_test

import (
	"context"
	"fmt"
	"time"

	"usher.example/internal/intake"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func ExampleCheckEmail() {
	for _, sent := range []string{" ann@example.org ", "bob at example.org", "cy@@example.org", ""} {
		if email, fault := onboard.CheckEmail(sent); fault != nil {
			fmt.Printf("%q: %s\n", sent, fault.Code)
		} else {
			fmt.Printf("%q: ask the pool for %s\n", sent, email)
		}
	}
	// Output:
	// " ann@example.org ": ask the pool for ann@example.org
	// "bob at example.org": email_invalid
	// "cy@@example.org": email_invalid
	// "": email_missing
}

// A row is judged before anybody is invited, and normalized.
func ExampleRules_Judge() {
	sub, err := intake.Read("text/plain", []byte("ann@example.org\nbob@\n"), intake.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range sub.Rows {
		if j := (onboard.Rules{}).Judge(row); j.Fault != nil {
			fmt.Println(row.Number, j.Fault.Code)
		} else {
			fmt.Println(row.Number, "to invite:", j.Person.Email)
		}
	}
	// Output:
	// 1 to invite: ann@example.org
	// 2 email_invalid
}

// Half of a quota of 50 calls a second is one call every 40 ms, over all workers
// that share the store.
func ExamplePace_Reserve() {
	pace := onboard.NewPace(memory.NewStore(), onboard.LaneCreate, 50, 0.5)
	block, err := pace.Reserve(context.Background(), onboard.Demand{Calls: 3, Until: time.Now().Add(time.Minute)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range block.Len() {
		fmt.Println(block.At(i).Sub(block.At(0)).Round(time.Millisecond))
	}
	// Output:
	// 0s
	// 40ms
	// 80ms
}

func ExampleSubmitter_Submit() {
	ctx, store := context.Background(), memory.NewStore()
	submitter := onboard.System{
		Queue: memory.NewQueue(memory.QueueConfig{}), Store: store,
		Settings: onboard.Settings{NewID: func() string { return "01J" }},
	}.Submitter()
	r, _, err := submitter.Submit(ctx, onboard.Order{
		By: "root",
		Submission: onboard.Submission{Rows: []onboard.Row{
			{Number: 1, Person: onboard.Person{Email: "ann@example.org"}},
			{Number: 2, Person: onboard.Person{Email: "bob at example.org"}},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Now()
	fmt.Println(r.ID, r.State(now), r.Counts(now)[onboard.Pending], "pending")
	// Output: 01J running 2 pending
}

func ExampleWorker_Deliver() {
	ctx, store, pool := context.Background(), memory.NewStore(), memory.NewPool(memory.PoolConfig{})
	queue := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures})
	system := onboard.System{
		Pool: pool, Queue: queue, Store: store,
		Settings: onboard.Settings{NewID: func() string { return "01J" }},
	}
	_, _, err := system.Submitter().Submit(ctx, onboard.Order{Submission: onboard.Submission{Rows: []onboard.Row{
		{Number: 1, Person: onboard.Person{Email: "ann@example.org"}},
		{Number: 2, Person: onboard.Person{Email: "Ann@Example.org"}},
		{Number: 3, Person: onboard.Person{Email: "bob at example.org"}},
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}

	batch, err := queue.Receive(ctx, onboard.BatchSize, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	kept := system.Worker().Deliver(ctx, batch)
	fmt.Println(len(kept), "stay on the queue,", len(pool.Mailbox()), "mail went out")
	rows, err := store.ListInvitations(ctx, "01J", 0, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, inv := range rows {
		fmt.Println(inv.Row, inv.State)
	}
	// Output:
	// 0 stay on the queue, 1 mail went out
	// 1 invited
	// 2 duplicate
	// 3 failed
}
