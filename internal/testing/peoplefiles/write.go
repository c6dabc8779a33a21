package peoplefiles

import (
	"errors"
	"os"
	"path/filepath"
)

// Write puts the three files into a folder, as schule.xlsx, google.csv and outlook.csv.
func Write(folder string) error {
	write := func(name string, content []byte) error {
		return os.WriteFile(filepath.Join(folder, name), content, 0o600)
	}
	return errors.Join(write("schule.xlsx", Workbook()), write("google.csv", []byte(Google())), write("outlook.csv", []byte(Outlook())))
}
