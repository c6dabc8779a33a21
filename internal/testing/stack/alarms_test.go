package stack

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// watch is what one alarm is for.
type watch struct {
	heading string // in the runbook
	says    string // how the runbook goes on under it

	// The sentence in numbers: what the alarm must be brought up by, and what not.
	fires, silent map[string]story

	// same are the changes to the alarm that change nothing, see mutants.
	same []string
}

// Metrics as they are named in stories.
const (
	deadVisible = "DeadLetterQueue ApproximateNumberOfMessagesVisible"
	deadHidden  = "DeadLetterQueue ApproximateNumberOfMessagesNotVisible"
	age         = "Queue ApproximateAgeOfOldestMessage"
	waiting     = "Queue ApproximateNumberOfMessagesVisible"
	gone        = "Queue NumberOfMessagesDeleted"
	serverError = "HttpApi 5xx"
	throttled   = "usher throttled"
	deliveries  = "usher deliveries"
	quota       = "usher mail_quota_reached"
	paused      = "usher paused"
)

// alarms are all that there are. The stack's defaults allow 50 calls a second, of which
// 0.95 are usher's: 14,250 in a period of five minutes.
var alarms = map[string]watch{
	"DeadLettersAlarm": {
		heading: "Dead letters",
		says:    "A message was in the dead-letter queue in eight of ten minutes.",
		fires: map[string]story{
			"eight minutes, to be seen":             {deadVisible: over(8, 1), deadHidden: over(8, 0)},
			"eight minutes, taken":                  {deadVisible: over(8, 0), deadHidden: over(8, 1)},
			"taken and given back, not always seen": {deadVisible: over(1, 1, 9, 0), deadHidden: over(1, 0, 3, 1, 2, 0, 4, 1)},
		},
		silent: map[string]story{
			"none":                        {deadVisible: over(30, 0), deadHidden: over(30, 0)},
			"some that are settled":       {deadVisible: over(9, 0, 1, 8, 9, 0), deadHidden: over(10, 0, 2, 8, 7, 0)},
			"seven minutes":               {deadVisible: over(9, 0, 7, 1, 9, 0), deadHidden: over(25, 0)},
			"eight minutes out of eleven": {deadVisible: over(4, 1, 3, 0, 4, 1), deadHidden: over(11, 0)},
		},
	},
	"StuckAlarm": {
		heading: "Stuck queue",
		says: "In two periods of five minutes in a row the oldest message was over 15 minutes old, messages were waiting all the time, " +
			"and fewer left the queue than a tenth of what the pace allows, or of those that wait if they are fewer.",
		fires: map[string]story{
			"one, and nobody takes it":          {age: over(20, 901), waiting: over(5, 0, 10, 1, 5, 0), gone: over(20, 0)},
			"old since the end of the first":    {age: over(9, 600, 11, 901), waiting: over(5, 0, 10, 1, 5, 0), gone: over(20, 0)},
			"less than a tenth of the pace":     {age: over(10, 7200), waiting: over(10, 1e6), gone: over(10, 284)},
			"less than a tenth of a few":        {age: over(10, 7200), waiting: over(10, 100), gone: over(10, 1.8)},
			"less than a tenth of rather a few": {age: over(10, 7200), waiting: over(10, 14000), gone: over(10, 279)},
		},
		silent: map[string]story{
			"a large request":                {age: over(60, 7200), waiting: over(60, 1e6), gone: over(60, 285)},
			"a tenth of what is hardly more": {age: over(60, 7200), waiting: over(60, 14600), gone: over(60, 286)},
			"a tenth of many":                {age: over(60, 7200), waiting: over(60, 10000), gone: over(60, 200)},
			"a tenth of a few":               {age: over(60, 7200), waiting: over(60, 100), gone: over(60, 2)},
			"just come":                      {age: over(60, 900), waiting: over(60, 1e6), gone: over(60, 0)},
			"now and then none waits":        {age: over(15, 7200), waiting: over(4, 9, 1, 0, 4, 9, 1, 0, 4, 9, 1, 0), gone: over(15, 0)},
			"nine minutes":                   {age: over(9, 7200), waiting: over(1, 0, 9, 9, 1, 0), gone: over(11, 0)},
			"a standstill of six minutes":    {age: over(36, 7200), waiting: over(36, 1e6), gone: over(15, 9000, 6, 0, 15, 9000)},
			"two of them, with a pause":      {age: over(45, 7200), waiting: over(45, 1e6), gone: over(15, 9000, 5, 0, 5, 9000, 5, 0, 15, 9000)},
		},
		same: []string{
			// the first: where none waits, no less than a tenth of none can have left
			"IF(age > 900 && waiting >= 0.5 && gone < 0.1*IF(waiting < 300*50*0.95, waiting, 300*50*0.95), 1, 0)",
			"IF(age > 900 && waiting >= 1 && gone < 0.1*IF(waiting <= 300*50*0.95, waiting, 300*50*0.95), 1, 0)",
			"IF(age > 900 && waiting >= 1 && gone < 0.1*IF(waiting < 300*50*0.95, waiting, 300*50*0.95), 2, 0)",
		},
	},
	"WorkerErrorsAlarm": {
		heading: "Worker errors",
		says:    "The worker ended in an error in two of three periods of five minutes.",
		fires:   errorsThatTell("WorkerFunction"), silent: errorsThatPass("WorkerFunction"), same: []string{"statistic Maximum"},
	},
	"DeadLetterErrorsAlarm": {
		heading: "Background errors",
		says:    "The function for dead letters, or the one for deferred invitations, ended in an error in two of three periods of five minutes",
		fires:   errorsThatTell("DeadLetterFunction"), silent: errorsThatPass("DeadLetterFunction"), same: []string{"statistic Maximum"},
	},
	"RequeueErrorsAlarm": {
		heading: "Background errors",
		says:    "The function for dead letters, or the one for deferred invitations, ended in an error in two of three periods of five minutes",
		fires:   errorsThatTell("RequeueFunction"), silent: errorsThatPass("RequeueFunction"), same: []string{"statistic Maximum"},
	},
	"ApiServerErrorsAlarm": {
		heading: "API errors",
		says:    "Three answers of 5xx within five minutes.",
		fires: map[string]story{
			"at once":             {serverError: over(1, 3)},
			"within five minutes": {serverError: over(1, 1, 1, 0, 1, 1, 1, 0, 1, 1)},
		},
		silent: map[string]story{
			"two":                {serverError: over(9, 0, 1, 2, 9, 0)},
			"within six minutes": {serverError: over(1, 1, 2, 0, 1, 1, 1, 0, 1, 1)},
			"nobody calls":       {serverError: over(30, math.NaN())},
		},
		same: []string{"periods 2"},
	},
	"ThrottledAlarm": {
		heading: "Throttled",
		says:    "In three periods of five minutes in a row Cognito turned away calls of more than one delivery in twenty.",
		fires: map[string]story{
			"more than one in twenty": {throttled: over(5, 0, 15, 51, 5, 0), deliveries: over(25, 1000)},
			"all":                     {throttled: over(15, 10), deliveries: over(15, 10)},
		},
		silent: map[string]story{
			"one in twenty":             {throttled: over(60, 50), deliveries: over(60, 1000)},
			"all of them for a while":   {throttled: over(20, 0, 6, 100, 20, 0), deliveries: over(46, 100)},
			"three times, with a pause": {throttled: over(1, 100, 4, 0, 1, 100, 9, 0, 1, 100), deliveries: over(16, 100)},
			"nothing to do":             {throttled: over(30, math.NaN()), deliveries: over(30, math.NaN())},
		},
	},
	"MailQuotaAlarm": {
		heading: "Mail quota",
		says:    "The day's mail is used up.",
		fires:   map[string]story{"one batch finds out": {quota: over(5, 0, 1, 1, 5, 0)}},
		silent:  map[string]story{"there is mail": {quota: over(60, 0)}, "nothing to do": {quota: over(60, math.NaN())}},
		same:    []string{"statistic Maximum", "period 10", "period 1", "periods 2"},
	},
	"PausedAlarm": {
		heading: "Paused",
		says:    "A request is paused because the pool is not set up for it.",
		fires:   map[string]story{"one row is put aside": {paused: over(5, 0, 1, 1, 5, 0)}},
		silent:  map[string]story{"none is": {paused: over(60, 0)}, "nothing to do": {paused: over(60, math.NaN())}},
		same:    []string{"statistic Maximum", "period 10", "period 1", "periods 2"},
	},
}

// errorsThatTell are errors of a function that somebody has to look at.
func errorsThatTell(function string) map[string]story {
	return map[string]story{
		"minute after minute":  {function + " Errors": over(6, 1)},
		"twice in ten minutes": {function + " Errors": over(1, 1, 8, 0, 1, 1)},
		"first and third":      {function + " Errors": over(1, 1, 13, 0, 1, 1)},
	}
}

// errorsThatPass are those that the next run made good.
func errorsThatPass(function string) map[string]story {
	return map[string]story{
		"none":                       {function + " Errors": over(30, 0)},
		"it does not run":            {function + " Errors": over(30, math.NaN())},
		"many, in one minute":        {function + " Errors": over(20, 0, 1, 50, 20, 0)},
		"a quarter of an hour apart": {function + " Errors": over(1, 1, 14, 0, 1, 1)},
	}
}

// TestAlarmsFireAtWhatTheRunbookSays holds each alarm to its sentence.
func TestAlarmsFireAtWhatTheRunbookSays(t *testing.T) {
	t.Parallel()
	d, runbook := deploy(t, production...), strings.Join(strings.Fields(page(t, "operate.md")), " ")
	for name, w := range alarms {
		if begins := "### " + w.heading + " *" + w.says; !strings.Contains(runbook, begins) {
			t.Errorf("docs/operate.md does not say of %s %q", name, begins)
		}
		a := d.alarm(t, name)
		if comparisons[a.comparison] == nil {
			t.Errorf("%s compares by %q, which is no comparison with a threshold", name, a.comparison)
		}
		for _, fault := range a.faults(t, w) {
			t.Errorf("%s %s", name, fault)
		}
	}
}

// faults are the stories in which the alarm does not do what it is for.
func (a alarm) faults(t *testing.T, w watch) (list []string) {
	t.Helper()
	for _, name := range keys(w.fires) {
		if !a.fires(t, w.fires[name]) {
			list = append(list, "does not fire at: "+name)
		}
	}
	for _, name := range keys(w.silent) {
		if a.fires(t, w.silent[name]) {
			list = append(list, "fires at: "+name)
		}
	}
	return list
}

// A story about a metric that its alarm does not watch would keep any alarm silent.
func TestStoriesAreOfTheMetricsWatched(t *testing.T) {
	t.Parallel()
	d := deploy(t, production...)
	for name, w := range alarms {
		if len(w.fires) == 0 || len(w.silent) == 0 {
			t.Errorf("%s has %d stories at which it fires, and %d at which it does not", name, len(w.fires), len(w.silent))
		}
		watched := map[string]bool{}
		for _, m := range d.alarm(t, name).measures {
			watched[m.metric] = true
		}
		for _, stories := range []map[string]story{w.fires, w.silent} {
			for told, s := range stories {
				if diff := cmp.Diff(keys(watched), keys(s)); diff != "" {
					t.Errorf("%s, %s: metrics (-watched +told):\n%s", name, told, diff)
				}
			}
		}
	}
}

// TestStoriesTellAnAlarmFromOthers changes one thing of an alarm after the other:
// some story must tell the difference, or the change be known to make none.
func TestStoriesTellAnAlarmFromOthers(t *testing.T) {
	t.Parallel()
	d := deploy(t, production...)
	for name, w := range alarms {
		var unnoticed []string
		for _, m := range d.alarm(t, name).mutants(t) {
			if len(m.alarm.faults(t, w)) == 0 {
				unnoticed = append(unnoticed, m.change)
			}
		}
		if diff := cmp.Diff(w.same, unnoticed); diff != "" {
			t.Errorf("changes to %s that no story tells (-known +found):\n%s", name, diff)
		}
	}
}
