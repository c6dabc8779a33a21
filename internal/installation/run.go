package installation

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Program runs another program, such as aws or sam. Its error includes what the
// program printed.
type Program interface {
	// Read returns what the program writes to its standard output.
	Read(ctx context.Context, name string, args ...string) (string, error)
	// Run gives the terminal to the program and adds variables to its environment.
	Run(ctx context.Context, variables []string, name string, args ...string) error
}

// Operator works on one installation with the AWS CLI and the SAM CLI.
type Operator struct {
	Dir     string // of the project
	Program Program
	Out     io.Writer
}

// Deploy says what changes, then builds and deploys a stage.
func (o Operator) Deploy(ctx context.Context, name, arch string) error {
	s, err := Load(o.Dir, name)
	if err != nil {
		return err
	}
	have, err := o.describe(ctx, s)
	if err != nil {
		return err
	}
	plan, err := NewPlan(s, have, arch)
	if err != nil {
		return err
	}
	fmt.Fprint(o.Out, plan.Difference())
	overrides := append([]string{"--parameter-overrides"}, plan.Overrides()...)
	build := append([]string{"build", "--config-env", name}, overrides...)
	if err := o.Program.Run(ctx, []string{"ARCH=" + plan.Architecture}, "sam", build...); err != nil {
		return err
	}
	if err := plan.CheckBuild(filepath.Join(o.Dir, ".aws-sam", "build")); err != nil {
		return err
	}
	deploy := append([]string{"deploy", "--config-env", name, "--stack-name", s.StackName, "--region", s.Region}, overrides...)
	return o.Program.Run(ctx, nil, "sam", deploy...)
}

// Output writes one output of a stage's stack, or all of them for "".
func (o Operator) Output(ctx context.Context, name, output string) error {
	_, have, err := o.deployed(ctx, name)
	if err != nil {
		return err
	}
	value, ok := have.Outputs[output]
	switch {
	case ok:
		fmt.Fprintln(o.Out, value)
	case output != "":
		return fmt.Errorf("the stack has no output %s; it has %s", output, strings.Join(slices.Sorted(maps.Keys(have.Outputs)), ", "))
	default:
		for _, key := range slices.Sorted(maps.Keys(have.Outputs)) {
			fmt.Fprintf(o.Out, "%s=%s\n", key, have.Outputs[key])
		}
	}
	return nil
}

// Admin makes a person an administrator: it creates the user, unless there is one,
// and adds it to the group. Cognito mails new users.
func (o Operator) Admin(ctx context.Context, name, email string) error {
	s, have, err := o.deployed(ctx, name)
	if err != nil {
		return err
	}
	pool, group := have.Outputs[userPool], have.Outputs["AdministratorsGroup"]
	_, err = o.Program.Read(ctx, "aws", "cognito-idp", "admin-create-user", "--region", s.Region, "--user-pool-id", pool, "--username", email,
		"--desired-delivery-mediums", "EMAIL", "--user-attributes", "Name=email,Value="+email, "Name=email_verified,Value=true")
	switch {
	case err == nil:
		fmt.Fprintf(o.Out, "Cognito sends %s a temporary password by mail.\n", email)
	case strings.Contains(err.Error(), "UsernameExistsException"):
		fmt.Fprintf(o.Out, "%s has an account already.\n", email)
	default:
		return err
	}
	_, err = o.Program.Read(ctx, "aws", "cognito-idp", "admin-add-user-to-group", "--region", s.Region, "--user-pool-id", pool, "--username", email,
		"--group-name", group)
	if err == nil {
		fmt.Fprintf(o.Out, "%s is now in the group %s and may invite people. After this change, a person who is signed in must sign in again.\n", email, group)
	}
	return err
}

// deployed loads a stage and its stack, which must exist.
func (o Operator) deployed(ctx context.Context, name string) (Stage, Deployed, error) {
	s, err := Load(o.Dir, name)
	if err != nil {
		return s, Deployed{}, err
	}
	have, err := o.describe(ctx, s)
	if err == nil && !have.Exists {
		err = fmt.Errorf("there is no stack %s in %s; create it with: make deploy STAGE=%s", s.StackName, s.Region, name)
	}
	return s, have, err
}

// describe asks CloudFormation for a stage's stack.
func (o Operator) describe(ctx context.Context, s Stage) (Deployed, error) {
	text, err := o.Program.Read(ctx, "aws", "cloudformation", "describe-stacks", "--region", s.Region, "--stack-name", s.StackName, "--output", "json")
	if err != nil {
		if strings.Contains(err.Error(), "does not exist") {
			return Deployed{}, nil
		}
		return Deployed{}, err
	}
	var answer struct {
		Stacks []struct {
			StackStatus string
			Parameters  []struct{ ParameterKey, ParameterValue string }
			Outputs     []struct{ OutputKey, OutputValue string }
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return Deployed{}, fmt.Errorf("aws cloudformation describe-stacks: %w", err)
	}
	if len(answer.Stacks) != 1 {
		return Deployed{}, fmt.Errorf("aws cloudformation describe-stacks: %d stacks are called %s", len(answer.Stacks), s.StackName)
	}
	stack := answer.Stacks[0]
	switch {
	case stack.StackStatus == "REVIEW_IN_PROGRESS": // a change set that was never executed
		return Deployed{}, nil
	case stack.StackStatus == "ROLLBACK_COMPLETE":
		return Deployed{}, fmt.Errorf("creating the stack %s failed last time; delete what is left, then deploy again: "+
			"aws cloudformation delete-stack --region %s --stack-name %[1]s", s.StackName, s.Region)
	case strings.HasSuffix(stack.StackStatus, "_IN_PROGRESS"):
		return Deployed{}, fmt.Errorf("the stack %s is being changed (%s); wait until that is done, then try again", s.StackName, stack.StackStatus)
	}
	have := Deployed{Exists: true, Parameters: map[string]string{}, Outputs: map[string]string{}}
	for _, p := range stack.Parameters {
		have.Parameters[p.ParameterKey] = p.ParameterValue
	}
	for _, out := range stack.Outputs {
		have.Outputs[out.OutputKey] = out.OutputValue
	}
	return have, nil
}
