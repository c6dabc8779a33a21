package intake

// An arena allocates this many strings at a time: few for a single row, more
// with every chunk.
const (
	minArenaChunk = 16
	maxArenaChunk = 4096
)

// arena hands out many short slices of strings from few allocations. Strings are
// added to an open slice; take closes it and opens the next.
type arena struct {
	chunk []string
	from  int // where the open slice begins
}

func (a *arena) add(s string) {
	if len(a.chunk) == cap(a.chunk) {
		open := a.open()
		size := min(max(2*cap(a.chunk), minArenaChunk), maxArenaChunk)
		a.chunk = append(make([]string, 0, max(size, 2*len(open))), open...)
		a.from = 0
	}
	a.chunk = append(a.chunk, s)
}

// open gives the slice so far. It must not be kept.
func (a *arena) open() []string { return a.chunk[a.from:] }

// take closes the slice and gives it away; nil if nothing was added.
func (a *arena) take() []string {
	if a.from == len(a.chunk) {
		return nil
	}
	taken := a.chunk[a.from:len(a.chunk):len(a.chunk)]
	a.from = len(a.chunk)
	return taken
}
