// Package iam replaces AWS Identity and Access Management in front of the
// stand-ins of the services, which allow everything: a [Gate] passes on what the
// caller's [Role] allows, refuses the rest as AWS does, and notes which rights
// were used. So a test can check a program against its role, both ways.
//
// It knows the services and calls that usher uses, and only permissions: no
// wildcards, conditions or denials. Signatures are not verified.
package iam
