package sim_test

// bug is something wrong with usher on purpose, to see that the simulation
// finds it.
type bug struct {
	name string // of the mutation

	// ports wraps what an actor reaches the world through.
	ports func(a *actor, p ports) ports

	acksFirst    bool // messages are acknowledged before they are judged
	keepsNothing bool // messages are acknowledged whatever the worker says
}
