package onboard_test

import (
	"context"
	"errors"
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func TestAdmissionIsAskedOncePerRequest(t *testing.T) {
	t.Parallel()
	store := memory.NewStore()
	submitter := onboard.System{
		Queue: memory.NewQueue(memory.QueueConfig{}), Store: store,
		Settings: onboard.Settings{NewID: func() string { return "01A" }},
	}.Submitter()
	var asked []int
	var refuse error
	order := onboard.Order{
		Submission: onboard.Submission{Rows: []onboard.Row{
			{Number: 1, Person: onboard.Person{Email: "ann@example.org"}}, {Number: 2, Person: onboard.Person{Email: "ANN@example.org"}}, {Number: 3, Person: onboard.Person{Email: "bob"}}, {Number: 4, Person: onboard.Person{Email: "cy@example.org"}},
		}},
		By: "eve", KeyID: onboard.KeyID("eve", "k"), BodyHash: "h",
		Admit: func(_ context.Context, people int) error {
			asked = append(asked, people)
			return refuse
		},
	}

	refuse = errors.New("no more today")
	if _, _, err := submitter.Submit(t.Context(), order); !errors.Is(err, refuse) {
		t.Fatalf("a submission that was not admitted ended with %v", err)
	}
	if _, err := store.Request(t.Context(), "01A"); !errors.Is(err, onboard.ErrNotFound) {
		t.Errorf("a submission that was not admitted left a request: %v", err)
	}
	refuse = nil
	if _, _, err := submitter.Submit(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	if _, replayed, err := submitter.Submit(t.Context(), order); err != nil || !replayed {
		t.Fatalf("replayed %v, %v", replayed, err)
	}
	if len(asked) != 2 || asked[0] != 2 || asked[1] != 2 {
		t.Errorf("asked about %v people, want 2 people twice: once refused, once admitted", asked)
	}
}
