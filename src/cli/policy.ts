import { callServer, checkPolicyFile, loadConfig, type PolicyFinding, policyKinds } from '../app/index.ts'
import { OperatorError } from '../std/index.ts'
import { lastOf, readAbout } from './policy-question.ts'
import { whoCan } from './policy-who-can.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'

const usage =
  'Use policy check FILE --kind key, policy explain --principal ARN --action kms:Decrypt --key alias/orders, or policy who-can --action kms:Decrypt --key alias/orders.'

/** The subcommand that checks policies and explains decisions. */
export const policy: Subcommand = {
  summary:
    'policy check FILE finds faults in a policy; policy explain shows why a call is allowed or denied; policy who-can lists everyone who may use a key',
  operands: 2,
  options: {
    kind: `check: the kind of policy: ${policyKinds.join(', ')}; key if not given`,
    principal: 'explain: the ARN of a user, a role, a session of a role or the account (root)',
    action: 'explain, who-can: an action of AWS KMS, such as kms:Decrypt',
    key: 'explain, who-can: a key id, ARN or alias; explain without it is for an action that is not about a key',
    condition:
      'explain, who-can: a condition value of the request, such as aws:SourceIp=10.0.0.1; may be repeated',
    draft: 'explain, who-can: a file with a key policy that decides in the place of the stored one',
    json: 'explain, who-can: true prints the whole answer as JSON',
  },
  async run(flags, [action, path], options): Promise<void> {
    if (action === 'check' && path !== undefined) check(path, options)
    else if (action === 'explain' && path === undefined) {
      const answer = await callServer(loadConfig(flags), 'ExplainAccess', readQuestion(options))
      const isJson = lastOf(options, 'json') === 'true'
      process.stdout.write(`${isJson ? JSON.stringify(answer, null, 2) : renderAnswer(answer as Answer)}\n`)
    } else if (action === 'who-can' && path === undefined) await whoCan(loadConfig(flags), options, usage)
    else throw new OperatorError(usage)
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
  return { Principal: principal, Action: action, ...readAbout(options) }
}
