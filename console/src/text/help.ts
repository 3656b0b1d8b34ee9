/** The texts of the help panel, by topic. */
export const helpTexts = {
  alias: {
    title: 'Alias',
    paragraphs: [
      'An alias is the name of a key for people and programs. It can move to a different key.',
      'Policies can allow access by alias: a person who can move an alias may change who can use a key.',
    ],
  },
  tags: {
    title: 'Tags',
    paragraphs: [
      'Tags help to find keys, and policies can allow access by tag. Tags are not secret: write no secrets into them.',
    ],
  },
  keyPolicy: {
    title: 'Key policy',
    paragraphs: [
      'The key policy decides first who may do what with the key. With the statement for the account, IAM policies can allow access, too.',
      'Without that statement, the key policy alone decides. If nobody may change it any more, the key can no longer be managed.',
    ],
  },
  lastUsed: {
    title: 'Last used',
    paragraphs: [
      'The last time at which a call used the key in a cryptographic operation.',
      'Do not delete a key on this alone: old data may need it. Disable it first, and watch for errors.',
    ],
  },
} as const satisfies Readonly<
  Record<string, { readonly title: string; readonly paragraphs: readonly string[] }>
>
