// Completes a spoken turn and a typed turn through an unmodified @google/genai, and prints what came.
// Usage: node turns.mjs BASE_URL SPEECH.pcm LANGUAGE TYPED_TEXT
// SPEECH.pcm is PCM16 little-endian mono at 16 kHz; nothing but `httpOptions.baseUrl` is configured.
import { readFile } from 'node:fs/promises';
import { Behavior, FunctionResponseScheduling, GoogleGenAI, Modality, Type } from '@google/genai';

const [baseUrl, speechPath, language, typedText] = process.argv.slice(2);
const CHUNK_BYTES = 3200;

const tool = {
  functionDeclarations: [
    {
      name: 'update_shopping_list',
      description: 'Adds a product to the list, removes it, or changes its quantity.',
      behavior: Behavior.NON_BLOCKING,
      parameters: {
        type: Type.OBJECT,
        properties: {
          action: { type: Type.STRING, enum: ['add', 'remove', 'update'] },
          product: { type: Type.STRING },
          quantity: { type: Type.NUMBER },
          unit: { type: Type.STRING },
        },
        required: ['action', 'product'],
      },
    },
  ],
};

function newTurn() {
  return { heard: '', said: '', audioBytes: 0, calls: [], generationComplete: false, totalTokens: 0 };
}

const turns = [];
let turn = newTurn();
let turnOver;

function take(message) {
  const content = message.serverContent ?? {};
  turn.heard += content.inputTranscription?.text ?? '';
  turn.said += content.outputTranscription?.text ?? '';
  for (const part of content.modelTurn?.parts ?? []) {
    turn.audioBytes += Buffer.from(part.inlineData?.data ?? '', 'base64').length;
  }
  for (const call of message.toolCall?.functionCalls ?? []) {
    turn.calls.push({ name: call.name, args: call.args });
    session.sendToolResponse({
      functionResponses: [
        {
          id: call.id,
          name: call.name,
          response: { result: 'ok' },
          scheduling: FunctionResponseScheduling.WHEN_IDLE,
        },
      ],
    });
  }
  turn.generationComplete ||= Boolean(content.generationComplete);
  if (content.turnComplete) {
    turn.totalTokens = message.usageMetadata?.totalTokenCount ?? 0;
    turns.push(turn);
    turn = newTurn();
    turnOver();
  }
}

function nextTurn() {
  return new Promise((resolve) => {
    turnOver = resolve;
  });
}

const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl } });
const session = await client.live.connect({
  model: 'gemini-3.8-live',
  config: {
    responseModalities: [Modality.AUDIO],
    inputAudioTranscription: { languageCodes: [language] },
    outputAudioTranscription: {},
    tools: [tool],
  },
  callbacks: {
    onmessage: take,
    onerror: (event) => {
      throw new Error(`the connection broke: ${event.message}`);
    },
  },
});

const speech = await readFile(speechPath);
let over = nextTurn();
for (let at = 0; at < speech.length; at += CHUNK_BYTES) {
  const data = speech.subarray(at, at + CHUNK_BYTES).toString('base64');
  session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
}
session.sendRealtimeInput({ audioStreamEnd: true });
await over;

over = nextTurn();
session.sendClientContent({
  turns: [{ role: 'user', parts: [{ text: typedText }] }],
  turnComplete: true,
});
await over;

session.close();
console.log(JSON.stringify(turns));
