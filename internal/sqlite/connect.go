package sqlite

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"runtime"
)

// open returns a pool of connections that does nothing yet.
func open(path string, settings url.Values) (*sql.DB, error) {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		path = "/" + path
	}
	location := url.URL{Scheme: "file", Path: path, RawQuery: settings.Encode()}
	return sql.Open("sqlite", location.String())
}

// writing is how the writer's connection is set up. With a full sync in WAL mode a
// commit is on the disk when it returns; macOS needs to be asked for it by another
// name. What is deleted is overwritten. (https://sqlite.org/pragma.html)
func writing() url.Values {
	return url.Values{"_pragma": {
		"busy_timeout(10000)", // ms; only the pace has other writers
		"journal_mode(WAL)", "synchronous(FULL)", "fullfsync(1)", "checkpoint_fullfsync(1)",
		"secure_delete(ON)", "cell_size_check(ON)", "trusted_schema(OFF)",
		"cache_size(-16384)",           // kB; the claims are written all over their table
		"journal_size_limit(67108864)", // bytes that the log keeps after a long read
	}}
}

// copying does not keep the connection from writing: the copy is written by it.
func copying() url.Values {
	return url.Values{"_pragma": {"busy_timeout(10000)", "synchronous(FULL)", "fullfsync(1)"}}
}

func reading() url.Values {
	return url.Values{"_pragma": {"busy_timeout(10000)", "query_only(ON)", "cell_size_check(ON)", "trusted_schema(OFF)"}}
}
