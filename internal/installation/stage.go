package installation

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"
)

// Names of a file of values that are no parameters of the template.
const (
	region    = "Region"
	stackName = "StackName"
)

// Parameters that are not for a file of values, or not for it alone.
const (
	stage        = "Stage"
	architecture = "Architecture"
	userPool     = "UserPoolId"
)

// Stage is what the project's files say about one stage.
type Stage struct {
	Name      string
	StackName string
	Region    string

	File       string   // of values; it may not exist
	Values     Values   // of parameters
	Parameters []string // all that the template has, sorted
}

// Load reads a stage from the folder of the project: its block of samconfig.toml,
// its file of values if there is one, and the names of template.yaml's parameters.
func Load(dir, name string) (Stage, error) {
	s := Stage{Name: name, File: name + ".values"}
	if err := s.loadBlock(filepath.Join(dir, "samconfig.toml")); err != nil {
		return Stage{}, err
	}
	if err := s.loadParameters(filepath.Join(dir, "template.yaml")); err != nil {
		return Stage{}, err
	}
	text, err := os.ReadFile(filepath.Join(dir, s.File))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Stage{}, err
	}
	values, err := ParseValues(string(text))
	if err == nil {
		err = s.take(values)
	}
	if err != nil {
		return Stage{}, fmt.Errorf("%s: %w", s.File, err)
	}
	return s, nil
}

func (s *Stage) loadBlock(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var blocks map[string]any
	if err := toml.Unmarshal(text, &blocks); err != nil {
		return fmt.Errorf("samconfig.toml: %w", err)
	}
	delete(blocks, "version")
	delete(blocks, "default") // used by SAM without --config-env
	global := table(blocks, s.Name, "global", "parameters")
	s.StackName, _ = global["stack_name"].(string)
	s.Region, _ = global["region"].(string)
	if s.StackName == "" || s.Region == "" {
		return fmt.Errorf("samconfig.toml has no stage %q; it has %s", s.Name, strings.Join(slices.Sorted(maps.Keys(blocks)), ", "))
	}
	return nil
}

// table returns a nested table; nil if one of the names is missing.
func table(v map[string]any, names ...string) map[string]any {
	for _, name := range names {
		v, _ = v[name].(map[string]any)
	}
	return v
}

func (s *Stage) loadParameters(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var template struct {
		Parameters map[string]any `yaml:"Parameters"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		return fmt.Errorf("template.yaml: %w", err)
	}
	s.Parameters = slices.Sorted(maps.Keys(template.Parameters))
	return nil
}

// take applies values to the stage. It refuses a name that is no parameter, because
// SAM would silently ignore it.
func (s *Stage) take(values Values) error {
	s.Values = values
	for _, setting := range []struct {
		name string
		to   *string
	}{{region, &s.Region}, {stackName, &s.StackName}} {
		if value, ok := values[setting.name]; ok {
			*setting.to = value
			delete(values, setting.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case name == stage:
			return errors.New("the file's name already gives the stage; remove Stage")
		case !slices.Contains(s.Parameters, name):
			return fmt.Errorf("template.yaml has no parameter %s; check its spelling", name)
		}
	}
	return nil
}
