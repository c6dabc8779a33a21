// Package compare runs usher beside what people use in its place: loops over
// AdminCreateUser, each as its users write them (testdata). All run against
// [usher.example/internal/testing/fakecognito], and what each reports is compared with
// who has a user in the end.
package compare
