import { type Config, callServer } from '../app/index.ts'
import { OperatorError, shownText } from '../std/index.ts'
import { lastOf, readAbout } from './policy-question.ts'
import type { OptionValues } from './subcommand.ts'

/** A principal of the answer of ListKeyAccess. */
interface Row {
  readonly Principal: string
  readonly PrincipalType: string
  readonly AccountId?: string
  readonly Access: string
  readonly By: readonly { readonly PolicyType: string; readonly Policy: string; readonly Statement: string }[]
  readonly GrantIds: readonly string[]
  readonly Conditions: readonly {
    readonly Operator: string
    readonly ContextKey: string
    readonly Values: readonly string[]
    readonly Negated: boolean
  }[]
  readonly IsPublic: boolean
  readonly IsCrossAccount: boolean
}

interface Page {
  readonly Principals: readonly Row[]
  readonly Examined: number
  readonly NextToken?: string
}

/**
 * Prints everyone who may perform an action with a key, page by page as the server finds them; as JSON, everything together. Throws
 * OperatorError.
 */
export async function whoCan(config: Config, options: OptionValues, usage: string): Promise<void> {
  const [action, key] = [lastOf(options, 'action'), lastOf(options, 'key')]
  if (action === undefined || key === undefined || 'principal' in options) throw new OperatorError(usage)
  const input = { Action: action, ...readAbout(options), MaxResults: 200 }
  const isJson = lastOf(options, 'json') === 'true'
  const rows: Row[] = []
  let [examined, NextToken]: [number, string | undefined] = [0, undefined]
  do {
    const page = (await callServer(config, 'ListKeyAccess', { ...input, NextToken })) as Page
    if (!isJson) process.stdout.write(page.Principals.map(renderRow).join(''))
    rows.push(...page.Principals)
    examined += page.Examined
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  const text = isJson
    ? JSON.stringify({ Principals: rows, Examined: examined }, null, 2)
    : `${rows.length} of ${examined} principals and grants that were looked at may perform ${action} with ${key}.`
  process.stdout.write(`${text}\n`)
}

const accesses: Readonly<Record<string, string>> = {
  allowed: 'allowed',
  conditional: 'allowed under conditions',
  otherAccountDecides: 'allowed here, if its own account allows it too',
  undecided: 'not decided: the policies take too many steps to evaluate',
}

function renderRow(row: Row): string {
  const mark = row.IsPublic ? ' PUBLIC' : row.IsCrossAccount ? ` OTHER ACCOUNT ${row.AccountId ?? ''}` : ''
  const lines = [
    `${row.PrincipalType} ${row.Principal}:${mark} ${accesses[row.Access] ?? row.Access}`,
    ...row.By.map(
      ({ PolicyType, Policy, Statement }) => `  by the ${PolicyType} policy ${Policy}, Allow ${Statement}`,
    ),
    ...row.GrantIds.map(grantId => `  by the grant ${grantId}`),
    ...row.Conditions.map(
      ({ Operator, ContextKey, Values, Negated }) =>
        `  ${Negated ? 'unless' : 'if'} ${Operator === ContextKey ? '' : `${Operator} `}${ContextKey}: ${Values.join(', ')}`,
    ),
  ]
  return lines.map(line => `${shownText(line)}\n`).join('')
}
