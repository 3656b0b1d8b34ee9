import { literals } from './literals.ts'
import { type Member, partsOf, type SnippetCall } from './members.ts'

const text = literals.javascript

/** The call with the AWS SDK for JavaScript v3, as a module for Node.js. */
export function writeJavaScript(call: SnippetCall): string {
  const { region, endpoint, members, printed, remarks, hasKind } = partsOf(call)
  const command = `${call.operation}Command`
  return [
    ...(hasKind('file') ? ["import { readFile } from 'node:fs/promises'"] : []),
    `import { ${[command, 'KMSClient'].sort().join(', ')} } from '@aws-sdk/client-kms'`,
    '',
    '// The credentials come from the environment.',
    `const client = new KMSClient({ region: ${text(region)}, endpoint: ${text(endpoint)} })`,
    '',
    ...remarks.map(remark => `// ${remark}`),
    'const response = await client.send(',
    `  new ${command}({`,
    ...members.map(member => `    ${member.name}: ${expressionOf(member)},`),
    '  }),',
    ')',
    ...printed.map(({ name, kind }) =>
      kind === 'bytes'
        ? `console.log(Buffer.from(response.${name}).toString('base64'))`
        : `console.log(response.${name})`,
    ),
    '',
  ].join('\n')
}

function expressionOf(member: Member): string {
  switch (member.kind) {
    case 'text':
    case 'choice':
      return text(member.value)
    case 'utf8':
      return `Buffer.from(${text(member.value)})`
    case 'base64':
      return `Buffer.from(${text(member.value)}, 'base64')`
    case 'file':
      return `await readFile(${text(member.path)})`
    case 'number':
    case 'flag':
      return String(member.value)
    case 'list':
      return `[${member.value.map(text).join(', ')}]`
    case 'map':
      return `{ ${member.value.map(([key, value]) => `${propertyName(key)}: ${text(value)}`).join(', ')} }`
  }
}

/** The name of a property. `__proto__` would be no property without the brackets (ECMA-262, B.3.1). */
function propertyName(key: string): string {
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_]\w*$/.test(key) ? key : text(key)
}
