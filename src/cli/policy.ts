import {
  callServer,
  checkPolicyFile,
  loadConfig,
  type PolicyFinding,
  policyKinds,
  readPolicyFile,
} from '../app/index.ts'
import { OperatorError } from '../std/index.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'

const usage =
  'Use policy check FILE --kind key, or policy explain --principal ARN --action kms:Decrypt --key alias/orders.'

/** The subcommand that checks policies and explains decisions. */
export const policy: Subcommand = {
  summary: 'policy check FILE finds faults in a policy; policy explain shows why a call is allowed or denied',
  operands: 2,
  options: {
    kind: `check: the kind of policy: ${policyKinds.join(', ')}; key if not given`,
    principal: 'explain: the ARN of a user, a role, a session of a role or the account (root)',
    action: 'explain: an action of AWS KMS, such as kms:Decrypt',
    key: 'explain: a key id, ARN or alias; left out for an action that is not about a key',
    condition: 'explain: a condition value of the request, such as aws:SourceIp=10.0.0.1; may be repeated',
    draft: 'explain: a file with a key policy that decides in the place of the stored one',
    json: 'explain: true prints the whole answer as JSON',
  },
  async run(flags, [action, path], options): Promise<void> {
    if (action === 'check' && path !== undefined) check(path, options)
    else if (action === 'explain' && path === undefined) {
      const answer = await callServer(loadConfig(flags), 'ExplainAccess', readQuestion(options))
      const isJson = lastOf(options, 'json') === 'true'
      process.stdout.write(`${isJson ? JSON.stringify(answer, null, 2) : renderAnswer(answer as Answer)}\n`)
    } else throw new OperatorError(usage)
  },
}

interface Answer {
  readonly Text: string
  readonly DraftFindings?: readonly Record<'Severity' | 'Code' | 'Place' | 'Message', string>[]
}

function renderAnswer({ Text: text, DraftFindings: findings = [] }: Answer): string {
  const lines = findings.map(({ Severity, Code, Place, Message }) =>
    renderFinding({
      severity: Severity as PolicyFinding['severity'],
      code: Code,
      place: Place,
      message: Message,
    }),
  )
  return text + (lines.length === 0 ? '' : `\n\nFindings in the draft\n${lines.join('').trimEnd()}`)
}

const lastOf = (options: OptionValues, name: string) => options[name]?.at(-1)

function check(path: string, options: OptionValues): void {
  const findings = checkPolicyFile(path, lastOf(options, 'kind') ?? 'key')
  process.stdout.write(findings.map(renderFinding).join('') || 'The policy has no faults.\n')
  if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1
}

function renderFinding({ severity, code, place, message }: PolicyFinding): string {
  return `${severity} ${code}${place === '' ? '' : `, ${place}`}: ${message}\n`
}

function readQuestion(options: OptionValues): object {
  const [principal, action] = [lastOf(options, 'principal'), lastOf(options, 'action')]
  if (principal === undefined || action === undefined) throw new OperatorError(usage)
  const draft = lastOf(options, 'draft')
  const conditions = new Map<string, string[]>()
  for (const text of options['condition'] ?? []) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (name === '') throw new OperatorError(`'${text}' is not a condition such as aws:SourceIp=10.0.0.1.`)
    conditions.set(name, [...(conditions.get(name) ?? []), value])
  }
  return {
    Principal: principal,
    Action: action,
    KeyId: lastOf(options, 'key'),
    KeyPolicyDraft: draft === undefined ? undefined : readPolicyFile(draft),
    ContextEntries: Array.from(conditions, ([name, values]) => ({
      ContextKeyName: name,
      ContextKeyValues: values,
    })),
  }
}
