package pacing_test

import (
	"fmt"
	"time"

	"usher.example/internal/memory"
)

// size says how many rows the requests of the trials have.
type size struct {
	steady int // where the conditions stay as they are
	change int // where they change on the way
}

// trials are all conditions that a request is worked off under, with what is
// asked of each.
func trials(rows size) []trial {
	var all []trial
	for _, m := range models {
		all = append(all, trial{
			name: "quota 50, " + m.name, rows: rows.steady, setup: setup{pool: memory.PoolConfig{Enforcement: m.holds}},
			target: target{share: 0.94, throttled: 0.0001, calls: 1.001},
		})
	}
	for _, secret := range []float64{25, 10} {
		for _, m := range models {
			all = append(all, lowered(rows.steady, secret, m.name, m.holds))
		}
	}
	for _, secret := range []float64{25, 10} {
		for _, m := range models {
			all = append(all, restored(rows.change, secret, m.name, m.holds))
		}
	}
	all = append(all, oneDies(rows.change))
	for _, l := range []struct {
		name string
		loss loss
	}{
		{"5 % of answers lost", loss{answers: 0.05}},
		{"5 % of calls lost", loss{calls: 0.05}},
		{"2.5 % of each lost", loss{calls: 0.025, answers: 0.025}},
	} {
		all = append(all, trial{
			name: l.name, rows: rows.steady, setup: setup{loss: l.loss}, unclear: true, target: target{calls: 1.07},
		})
	}
	return seeded(all)
}

// seeded gives every trial draws of its own.
func seeded(all []trial) []trial {
	for i := range all {
		all[i].setup.seed = uint64(i + 1)
	}
	return all
}

// lowered is a quota that is lower than the workers' configured one.
func lowered(rows int, secret float64, model string, holds memory.Enforcement) trial {
	share := 0.01
	if secret < 25 {
		share = 0.02
	}
	return trial{
		name: fmt.Sprintf("secretly %v, %s", secret, model), rows: rows,
		setup:  setup{pool: memory.PoolConfig{Enforcement: holds, CreationRate: secret}},
		target: target{share: 0.90, throttled: share},
	}
}

// restored is such a quota that is raised to the workers' configured one.
func restored(rows int, secret float64, model string, holds memory.Enforcement) trial {
	tr := lowered(rows, secret, model, holds)
	tr.name = fmt.Sprintf("%v, then 50, %s", secret, model)
	tr.change, tr.at = func(p *plant) { p.pool.SetCreationRate(quota) }, 90*time.Second
	tr.target = target{back: time.Minute}
	return tr
}

// oneDies is one of two workers dying on the way.
func oneDies(rows int) trial {
	return trial{
		name: "one of two workers dies", rows: rows, setup: setup{processes: 2, atOnce: functions},
		change: func(p *plant) { p.kill(0) }, at: 25 * time.Second, // during calls: else nothing is lost with it
		unclear: true,
		target:  target{back: 30 * time.Second, throttled: 0.0001},
	}
}

// hardships are conditions beyond what is asked: they are measured to know.
func hardships(rows int) []trial {
	var all []trial
	for _, m := range models {
		all = append(all, trial{
			name: "strewn by 100 ms, " + m.name, rows: rows,
			setup: setup{pool: memory.PoolConfig{Enforcement: m.holds}, way: span{poolTime.least / 2, poolTime.most / 2}},
		})
	}
	for _, m := range models {
		tr := lowered(rows, 10, m.name, m.holds)
		tr.name, tr.target = "20 functions, "+tr.name, target{}
		tr.setup.processes, tr.setup.atOnce = 20, 1
		all = append(all, tr)
	}
	return seeded(all)
}
