// Package iam stands in for AWS Identity and Access Management before the
// stand-ins of the services, which let everybody do everything: a [Gate] passes
// on what the caller's [Role] allows, turns the rest away as AWS does, and notes
// which rights were used. So a test can hold a program to the role that it will
// have, both ways.
//
// It knows the services and calls that usher uses, and only permissions: no
// wildcards, conditions or denials. Signatures are not verified.
package iam
