package main

import (
	"github.com/spf13/cobra"

	"usher.example/cmd/usher/direct"
	"usher.example/internal/sqlite"
)

func (p *program) newBackup() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE --pool ID",
		Short: "Copy the state of a pool on this machine to a file",
		Long: `Copy the state of a pool on this machine to a new file, also while usher is using it.
The file has people's addresses; only you can read it. To restore it, copy it over
state.db in the pool's folder while no usher runs, and delete state.db-wal and
state.db-shm there. A person who was invited after the backup is then not invited
again: usher finds that the address has a user.`,
		Example: "  usher backup before.db --pool eu-west-1_AbCd12345",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			pool := p.poolID()
			if pool == "" {
				return misused("--pool is missing; give the id of the user pool whose state to copy")
			}
			root, err := direct.Root(p.getenv)
			if err != nil {
				return err
			}
			folder, ok, err := direct.FolderOf(root, pool)
			switch {
			case err != nil:
				return err
			case !ok:
				return misused("the pool %s has no state on this machine, below %s", pool, root)
			}
			if err := sqlite.Backup(cmd.Context(), folder.State(), args[0]); err != nil {
				return err
			}
			p.say("%s: a copy of %s", cleanLine(args[0]), folder.State())
			return nil
		},
	}
}
