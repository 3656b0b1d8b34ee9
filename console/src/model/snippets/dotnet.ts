import { literals } from './literals.ts'
import { type Member, partsOf, type SnippetCall } from './members.ts'

const text = literals.dotnet

/** The call with the AWS SDK for .NET, in C#. */
export function writeDotnet(call: SnippetCall): string {
  const { region, endpoint, members, printed, remarks } = partsOf(call)
  const { operation } = call
  const body = [
    '// The credentials come from the environment.',
    'var config = new AmazonKeyManagementServiceConfig',
    '{',
    `    ServiceURL = ${text(endpoint)},`,
    `    AuthenticationRegion = ${text(region)},`,
    '};',
    'using var client = new AmazonKeyManagementServiceClient(config);',
    '',
    ...remarks.map(remark => `// ${remark}`),
    `var response = await client.${operation}Async(new ${operation}Request`,
    '{',
    ...members.map(member => `    ${member.name} = ${expressionOf(member)},`),
    '});',
    ...printed.map(({ name, kind }) => {
      const value = `response.${name}`
      return `Console.WriteLine(${kind === 'bytes' ? `Convert.ToBase64String(${value}.ToArray())` : value});`
    }),
  ]
  return [
    ...importsOf(call).map(name => `using ${name};`),
    '',
    'public static class Example',
    '{',
    '    public static async Task Main()',
    '    {',
    ...body.map(line => (line === '' ? '' : `        ${line}`)),
    ...['    }', '}', ''],
  ].join('\n')
}

function importsOf(call: SnippetCall): string[] {
  const { hasKind } = partsOf(call)
  return [
    'System',
    ...(hasKind('list', 'map') ? ['System.Collections.Generic'] : []),
    ...(hasKind('utf8', 'base64', 'file') ? ['System.IO'] : []),
    ...(hasKind('utf8') ? ['System.Text'] : []),
    ...['System.Threading.Tasks', 'Amazon.KeyManagementService', 'Amazon.KeyManagementService.Model'],
  ]
}

function expressionOf(member: Member): string {
  switch (member.kind) {
    case 'text':
    // The constants of the SDK are made from texts.
    case 'choice':
      return text(member.value)
    case 'utf8':
      return `new MemoryStream(Encoding.UTF8.GetBytes(${text(member.value)}))`
    case 'base64':
      return `new MemoryStream(Convert.FromBase64String(${text(member.value)}))`
    case 'file':
      return `new MemoryStream(await File.ReadAllBytesAsync(${text(member.path)}))`
    case 'number':
    case 'flag':
      return String(member.value)
    case 'list':
      return `new List<string> { ${member.value.map(text).join(', ')} }`
    case 'map':
      return `new Dictionary<string, string> { ${member.value.map(([key, value]) => `[${text(key)}] = ${text(value)}`).join(', ')} }`
  }
}
