package installation

import (
	"debug/elf"
	"errors"
	"fmt"
	"path/filepath"
)

// machines are Lambda's words for the processors of programs.
var machines = map[elf.Machine]string{elf.EM_AARCH64: "arm64", elf.EM_X86_64: "x86_64"}

// CheckBuild checks every program that sam build left in a folder against the
// processor that is deployed. Lambda itself would fail only at the first call.
func (p Plan) CheckBuild(dir string) error {
	programs, err := filepath.Glob(filepath.Join(dir, "*", "bootstrap"))
	if err != nil {
		return err
	}
	if len(programs) == 0 {
		return errors.New("sam build left no programs in " + dir + "; run make clean, then deploy again")
	}
	for _, program := range programs {
		file, err := elf.Open(program)
		if err != nil {
			return fmt.Errorf("%s: %w", program, err)
		}
		machine := file.Machine
		file.Close()
		if built := machines[machine]; built != p.Architecture {
			return fmt.Errorf("%s is built for %s, but %s would be deployed for %s", program, machine, p.Stage.StackName, p.Architecture)
		}
	}
	return nil
}
