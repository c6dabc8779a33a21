// Package console is usher in the browser: plain pages that speak to the HTTP
// API as any caller does. It holds files and hands them out; it knows nothing
// of requests, and reads no list of addresses itself.
//
// The pages live at one address, /console/, and tell their views apart by the
// part behind the #, which browsers keep to themselves. Everything else lies
// under a folder named after its content, so that a browser may keep it for
// good and never mixes the files of two deployments.
package console
