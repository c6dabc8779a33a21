package onboard_test

import (
	"context"
	"fmt"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

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
