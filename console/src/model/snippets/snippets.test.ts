import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SnippetCall, snippetForms } from './snippets.ts'

// The exact texts of snippets, by the examples of the AWS SDK for .NET and the AWS CLI in AWS's documentation.

const place = { region: 'eu-west-1', endpoint: 'https://kms.example.com' }
const key = '1234abcd-12ab-34cd-56ef-1234567890ab'

const encrypt: SnippetCall = {
  ...{ ...place, operation: 'Encrypt' },
  input: {
    KeyId: key,
    Plaintext: new TextEncoder().encode('Hello "world"'),
    EncryptionContext: { team: 'payments' },
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    GrantTokens: undefined,
  },
}

test('Encrypt in C#', () => {
  assert.equal(
    snippetForms.dotnet.write(encrypt),
    `using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;

public static class Example
{
    public static async Task Main()
    {
        // The credentials come from the environment.
        var config = new AmazonKeyManagementServiceConfig
        {
            ServiceURL = "https://kms.example.com",
            AuthenticationRegion = "eu-west-1",
        };
        using var client = new AmazonKeyManagementServiceClient(config);

        var response = await client.EncryptAsync(new EncryptRequest
        {
            KeyId = "${key}",
            Plaintext = new MemoryStream(Encoding.UTF8.GetBytes("Hello \\"world\\"")),
            EncryptionContext = new Dictionary<string, string> { ["team"] = "payments" },
            EncryptionAlgorithm = "SYMMETRIC_DEFAULT",
        });
        Console.WriteLine(Convert.ToBase64String(response.CiphertextBlob.ToArray()));
    }
}
`,
  )
})

test('Verify in C#, with a message from a file and a signature in Base64', () => {
  const text = snippetForms.dotnet.write({
    ...{ ...place, operation: 'Verify' },
    input: {
      KeyId: key,
      Message: new Uint8Array(2000),
      MessageType: 'RAW',
      Signature: Uint8Array.of(0x30, 0x06, 0xff),
      SigningAlgorithm: 'ECDSA_SHA_256',
      DryRun: false,
    },
  })
  assert.equal(
    text.slice(text.indexOf('        // message')),
    `        // message.bin has the 2000 bytes of Message.
        var response = await client.VerifyAsync(new VerifyRequest
        {
            KeyId = "${key}",
            Message = new MemoryStream(await File.ReadAllBytesAsync("message.bin")),
            MessageType = "RAW",
            Signature = new MemoryStream(Convert.FromBase64String("MAb/")),
            SigningAlgorithm = "ECDSA_SHA_256",
            DryRun = false,
        });
        Console.WriteLine(response.SignatureValid);
    }
}
`,
  )
})

test('the AWS CLI has plain words where they mean the same, and quotes, Base64 and JSON where they do not', () => {
  assert.equal(
    snippetForms.cli.write(encrypt),
    `# Binary values are in Base64, as version 2 of the AWS CLI reads them.
aws kms encrypt \\
    --region eu-west-1 \\
    --endpoint-url https://kms.example.com \\
    --key-id ${key} \\
    --plaintext SGVsbG8gIndvcmxkIg== \\
    --encryption-context team=payments \\
    --encryption-algorithm SYMMETRIC_DEFAULT
`,
  )
  assert.equal(
    snippetForms.cli.write({
      ...{ ...place, operation: 'ReEncrypt' },
      input: {
        CiphertextBlob: new Uint8Array(1025),
        SourceKeyId: '-it\'s "$HOME"',
        SourceEncryptionContext: { 'cost centre': '=1' },
        DestinationKeyId: 'file:///etc/passwd',
        GrantTokens: ['-a', 'b'],
        DryRun: true,
      },
    }),
    `# ciphertext-blob.bin has the 1025 bytes of CiphertextBlob.
aws kms re-encrypt \\
    --region eu-west-1 \\
    --endpoint-url https://kms.example.com \\
    --ciphertext-blob fileb://ciphertext-blob.bin \\
    --source-key-id='-it'\\''s "$HOME"' \\
    --source-encryption-context '{"cost centre":"=1"}' \\
    --grant-tokens '["-a","b"]' \\
    --dry-run \\
    --cli-input-json '{"DestinationKeyId":"file:///etc/passwd"}'
`,
  )
})

test('the constants of the SDK for Java are named as it names them', () => {
  const constantOf = (input: SnippetCall['input']) =>
    /Spec\.(\w+)\)/.exec(snippetForms.java.write({ ...place, operation: 'GenerateDataKeyPair', input }))?.[1]
  // software.amazon.awssdk:kms 2.57.8, by javap.
  for (const [input, constant] of [
    [{ KeyPairSpec: 'ECC_SECG_P256K1' }, 'ECC_SECG_P256_K1'],
    [{ KeyPairSpec: 'ECC_NIST_EDWARDS25519' }, 'ECC_NIST_EDWARDS25519'],
    [{ KeyPairSpec: 'SM2' }, 'SM2'],
    [{ SigningAlgorithm: 'SM2DSA' }, 'SM2_DSA'],
    [{ SigningAlgorithm: 'ED25519_PH_SHA_512' }, 'ED25519_PH_SHA_512'],
    [{ SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' }, 'RSASSA_PKCS1_V1_5_SHA_256'],
    [{ EncryptionAlgorithm: 'SM2PKE' }, 'SM2_PKE'],
  ] as const)
    assert.equal(constantOf(input), constant)
})
