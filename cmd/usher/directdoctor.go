package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"usher.example/cmd/usher/direct"
	"usher.example/internal/client"
)

// The checks of the doctor for a pool without a stack.
const (
	checkCredentials = "credentials"
	checkRights      = "rights"
	checkState       = "state"
)

// doctorDirect examines what usher invite needs, and prints the policy that its
// credentials need.
func (p *program) doctorDirect(ctx context.Context, pool string) error {
	account, err := p.connect(ctx, pool)
	if err != nil {
		return err
	}
	who, owner := account.Who(ctx)
	list := p.examineDirect(ctx, account, pool, who)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	policy := direct.Policy(account.ARN(ctx, pool, owner))
	if p.output == formJSON {
		err = writeJSON(p.out, map[string]any{"findings": list, "policy": json.RawMessage(policy)})
	} else {
		err = p.writeFindings(list)
	}
	if err != nil {
		return err
	}
	if p.output == formTable {
		p.say("The policy with all rights that usher needs, and no others:\n%s", policy)
	}
	return p.conclude(list)
}

func (p *program) examineDirect(ctx context.Context, account *direct.Account, pool, who string) []finding {
	if err := account.Credentials(ctx); err != nil {
		return []finding{
			{What: checkCredentials, Status: statusError, Detail: err.Error(), Fix: "sign in to AWS, or give --profile"},
			skipped(checkRights), skipped(checkPool), p.examineState(pool),
		}
	}
	if who == "" {
		who = "there are some; AWS does not say whose"
	}
	list := []finding{{What: checkCredentials, Status: statusOK, Detail: who}, examineRights(ctx, account, pool)}
	if list[1].Status == statusOK {
		list = append(list, p.examineDirectPool(ctx, account)...)
	} else {
		list = append(list, skipped(checkPool))
	}
	return append(list, p.examineState(pool))
}

func examineRights(ctx context.Context, account *direct.Account, pool string) finding {
	missing, err := account.MissingRights(ctx)
	switch {
	case err != nil:
		return finding{What: checkRights, Status: statusError, Detail: poolFailure(pool, err).Error(), Fix: "check the pool's id, the Region and the credentials"}
	case len(missing) > 0:
		return finding{What: checkRights, Status: statusError, Detail: "these calls are refused: " + strings.Join(missing, ", "), Fix: "give the credentials the policy below"}
	}
	return finding{What: checkRights, Status: statusOK, Detail: "all calls that usher makes are allowed"}
}

// examineDirectPool has the doctor of the API look at the pool, without a state.
func (p *program) examineDirectPool(ctx context.Context, account *direct.Account) []finding {
	c, err := client.New(client.Config{URL: "http://127.0.0.1", HTTP: &http.Client{Transport: account.WithoutState(p.direct.mailQuota)}, Patience: doctorPatience})
	if err != nil {
		return []finding{poolUnreadable(err)}
	}
	pool, err := c.Pool(ctx)
	return examinePool(pool, err)
}

// examineState looks at the folder of the pool.
func (p *program) examineState(pool string) finding {
	root, err := direct.Root(p.getenv)
	if err != nil {
		return finding{What: checkState, Status: statusError, Detail: err.Error(), Fix: "set XDG_STATE_HOME"}
	}
	folder, ok, err := direct.FolderOf(root, pool)
	switch {
	case err != nil:
		return finding{What: checkState, Status: statusError, Detail: err.Error(), Fix: "check the rights of the folder"}
	case !ok:
		return finding{What: checkState, Status: statusOK, Detail: "none yet; it will be below " + shortPath(root)}
	}
	info, err := os.Stat(folder.State())
	if err != nil {
		return finding{What: checkState, Status: statusError, Detail: err.Error(), Fix: "check the rights of the folder"}
	}
	return finding{What: checkState, Status: statusOK, Detail: fmt.Sprintf("%s, %.1f MB", shortPath(folder.State()), float64(info.Size())/1e6)}
}
