// Package sqlite keeps usher's state on one machine: [onboard.Store] and
// [onboard.Queue] in files, for a process that runs without a stack. It needs no C
// compiler and no server.
//
// # What is promised
//
// A write that has been answered without an error is on the disk and survives the
// end of the process and of the machine. A write is there as a whole or not at all.
// Every commit is synced (synchronous=FULL, and F_FULLFSYNC on macOS, where a sync
// alone leaves the data in the drive's memory); writes that wait for a sync share
// the next one. One goroutine writes, in transactions that begin by taking the
// write lock, so that no transaction fails half-way for another; reads go to
// connections of their own and never wait for it.
//
// That holds for a drive of this machine. Network drives do not work: the log in WAL
// mode is shared through memory (https://sqlite.org/wal.html), and locks are not
// reliable there. A folder that is synced to another machine does not work either.
//
// # Two files
//
// The state belongs to one process at a time: a second one is refused at once. The
// pace belongs to an account and Region and is shared by all processes of the
// machine that call its pools. Beside each file are one that holds its lock and,
// while it is open, SQLite's own two. All have mode 0600. The lock ends with the
// process; the file that holds it stays and may be deleted only with the others.
//
// A file says in its header what it is and which version its schema has. A newer one
// is refused and left as it is; an older one is copied beside itself and brought up
// to date.
//
// # After a crash
//
// The lock shows that every process that used the state has ended. So Open
// does at once what would otherwise wait for timeouts: messages in flight are
// visible again, and this receipt does not count against them, within a limit;
// claims are free, and their trails end as soon as the last call can be over; a
// submission that was cut off is closed. What a worker put off on purpose stays so.
// Places in the pace that lie ahead are given back once no other process shares it.
//
// # When the clock is moved
//
// While a machine sleeps the time of day passes, and the timeouts of its processes do
// not. Before each read and write the state compares the two clocks, and has what is
// under way follow; see [clock]. A clock that somebody sets is the same.
//
// # Nothing deletes by itself
//
// Expired records are not returned, and [State.Purge] deletes them. What is deleted
// is overwritten, in the file and then in the log.
package sqlite
