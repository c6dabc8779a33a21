package local

import (
	"fmt"
	"strings"
)

// The names of the made-up organization. A person has one of each, so there are as many
// different people as their product.
var (
	givenNames  = []string{"Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gwen", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mona", "Nils", "Olga", "Paul", "Rita", "Sven", "Tara", "Vera"}
	familyNames = []string{"Abbott", "Becker", "Castro", "Dubois", "Evans", "Fischer", "Garcia", "Hansen", "Ito", "Jensen", "Keller", "Lopez", "Moreau", "Novak", "Okafor", "Petrov", "Quinn", "Rossi", "Sato", "Turner"}
	departments = []string{"Finance", "Library", "Research", "Support"}
)

// MostPeople is how many different people the made-up organization has.
var MostPeople = len(givenNames) * len(familyNames)

// The rows of the organization's list that are no new people, as every real list has
// them.
const (
	typos      = 2
	duplicates = 2
)

// organization is the list of a made-up organization with so many people, as CSV: always
// the same, with two typos and two people twice.
func organization(people int) string {
	var list strings.Builder
	list.WriteString("email,given_name,family_name,custom:department,groups\n")
	line := func(i int, change func(address string) string) {
		given, family := givenNames[i%len(givenNames)], familyNames[(i/len(givenNames)+i)%len(familyNames)]
		group := ""
		if i%4 == 0 {
			group = "staff"
		}
		address := strings.ToLower(given + "." + family + "@university.example.org")
		fmt.Fprintf(&list, "%s,%s,%s,%s,%s\n", change(address), given, family, departments[i%len(departments)], group)
	}
	same := func(address string) string { return address }
	for i := range people {
		line(i, same)
	}
	for i := range duplicates {
		line(i, strings.ToUpper)
	}
	for i := range typos {
		line(i, func(address string) string { return strings.Replace(address, "@", "@@", 1) })
	}
	return list.String()
}
