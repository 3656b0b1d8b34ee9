import { literals } from './literals.ts'
import { camel, type Member, partsOf, type SnippetCall } from './members.ts'

const text = literals.java

/** The call with the AWS SDK for Java 2.x. */
export function writeJava(call: SnippetCall): string {
  const { region, endpoint, members, printed, remarks } = partsOf(call)
  const { operation } = call
  return [
    ...importsOf(call).map(name => `import ${name};`),
    '',
    'public class Example {',
    '    public static void main(String[] args) throws Exception {',
    '        // The credentials come from the environment.',
    '        try (KmsClient client = KmsClient.builder()',
    `                .region(Region.of(${text(region)}))`,
    `                .endpointOverride(URI.create(${text(endpoint)}))`,
    '                .build()) {',
    ...remarks.map(remark => `            // ${remark}`),
    `            ${operation}Request request = ${operation}Request.builder()`,
    ...members.map(member => `                    .${camel(member.name)}(${expressionOf(member)})`),
    '                    .build();',
    `            ${operation}Response response = client.${camel(operation)}(request);`,
    ...printed.map(({ name, kind }) => {
      const value = `response.${camel(name)}()`
      const shown = kind === 'bytes' ? `Base64.getEncoder().encodeToString(${value}.asByteArray())` : value
      return `            System.out.println(${shown});`
    }),
    '        }',
    '    }',
    '}',
    '',
  ].join('\n')
}

function importsOf(call: SnippetCall): string[] {
  const { members, hasKind, printsBytes } = partsOf(call)
  const model = 'software.amazon.awssdk.services.kms.model'
  return [
    'java.net.URI',
    ...(hasKind('file') ? ['java.nio.file.Files', 'java.nio.file.Path'] : []),
    ...(printsBytes || hasKind('base64') ? ['java.util.Base64'] : []),
    ...(hasKind('map') ? ['java.util.Map'] : []),
    ...(hasKind('utf8', 'base64', 'file') ? ['software.amazon.awssdk.core.SdkBytes'] : []),
    'software.amazon.awssdk.regions.Region',
    'software.amazon.awssdk.services.kms.KmsClient',
    ...[
      ...new Set([
        ...members.flatMap(member =>
          member.kind === 'choice' && constant.test(member.value) ? [member.type] : [],
        ),
        `${call.operation}Request`,
        `${call.operation}Response`,
      ]),
    ]
      .sort()
      .map(name => `${model}.${name}`),
  ]
}

/** The values that can be names of constants, as all values of AWS are. */
const constant = /^[A-Z][A-Z0-9_]*$/

function expressionOf(member: Member): string {
  switch (member.kind) {
    case 'text':
      return text(member.value)
    case 'choice':
      return constant.test(member.value) ? `${member.type}.${constantOf(member.value)}` : text(member.value)
    case 'utf8':
      return `SdkBytes.fromUtf8String(${text(member.value)})`
    case 'base64':
      return `SdkBytes.fromByteArray(Base64.getDecoder().decode(${text(member.value)}))`
    case 'file':
      return `SdkBytes.fromByteArray(Files.readAllBytes(Path.of(${text(member.path)})))`
    case 'number':
    case 'flag':
      return String(member.value)
    case 'list':
      return member.value.map(text).join(', ')
    case 'map':
      return `Map.ofEntries(${member.value.map(([key, value]) => `Map.entry(${text(key)}, ${text(value)})`).join(', ')})`
  }
}

/** The constant of a value: the SDK for Java makes a word of the letters after a digit, as in `SM2_DSA` and `ECC_SECG_P256_K1`. */
const constantOf = (value: string) => value.replaceAll(/\d(?=[A-Z])/g, '$&_')
