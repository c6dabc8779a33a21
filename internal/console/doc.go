// Package console is usher in the browser: plain pages that call the HTTP API like
// any other client. The package only serves files; it knows nothing of requests and
// reads no list of addresses.
//
// The pages have one address, /console/. The part after the # chooses the view;
// browsers do not send it. All other files are in a folder named after their
// content, so that a browser may cache them forever and never mixes the files of two
// deployments.
package console
