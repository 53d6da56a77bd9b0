"""Completes a spoken and a typed turn through an unmodified google-genai; prints what came.

Usage: python python_turns.py SPEECH.pcm LANGUAGE TYPED_TEXT
SPEECH.pcm is PCM16 little-endian mono at 16 kHz. Where the server is, and which certificate to
trust, google-genai reads from GOOGLE_GEMINI_BASE_URL and SSL_CERT_FILE: nothing here says so.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from google import genai
from google.genai import types
from google.genai.live import AsyncSession

CHUNK_BYTES = 3200
TOOL = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="update_shopping_list",
            description="Adds a product to the list, removes it, or changes its quantity.",
            behavior=types.Behavior.NON_BLOCKING,
            parameters=types.Schema(
                type=types.Type.OBJECT,
                properties={
                    "action": types.Schema(
                        type=types.Type.STRING, enum=["add", "remove", "update"]
                    ),
                    "product": types.Schema(type=types.Type.STRING),
                    "quantity": types.Schema(type=types.Type.NUMBER),
                    "unit": types.Schema(type=types.Type.STRING),
                },
                required=["action", "product"],
            ),
        )
    ]
)

Turn = dict[str, Any]


async def main(speech: bytes, language: str, typed: str) -> list[Turn]:
    """Return both turns."""
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        input_audio_transcription=types.AudioTranscriptionConfig(language_codes=[language]),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        tools=[TOOL],
    )
    client = genai.Client(api_key="any")
    async with client.aio.live.connect(model="gemini-3.8-live", config=config) as session:
        for at in range(0, len(speech), CHUNK_BYTES):
            chunk = types.Blob(data=speech[at : at + CHUNK_BYTES], mime_type="audio/pcm;rate=16000")
            await session.send_realtime_input(audio=chunk)
        await session.send_realtime_input(audio_stream_end=True)
        spoken_turn = await one_turn(session)
        await session.send_client_content(
            turns=types.Content(role="user", parts=[types.Part(text=typed)])
        )
        return [spoken_turn, await one_turn(session)]


async def one_turn(session: AsyncSession) -> Turn:
    """Receive to the end of a turn, answering calls on the way."""
    turn: Turn = {"heard": "", "said": "", "audioBytes": 0, "calls": [], "totalTokens": 0}
    async for message in session.receive():
        content = message.server_content or types.LiveServerContent()
        for key, transcription in (
            ("heard", content.input_transcription),
            ("said", content.output_transcription),
        ):
            turn[key] += transcription.text or "" if transcription else ""
        turn["audioBytes"] += len(message.data or b"")
        turn["generationComplete"] = turn.get("generationComplete") or content.generation_complete
        for call in message.tool_call.function_calls or [] if message.tool_call else []:
            turn["calls"].append({"name": call.name, "args": call.args})
            response = types.FunctionResponse(
                id=call.id,
                name=call.name,
                response={"result": "ok"},
                scheduling=types.FunctionResponseScheduling.WHEN_IDLE,
            )
            await session.send_tool_response(function_responses=response)
        if message.usage_metadata:
            turn["totalTokens"] = message.usage_metadata.total_token_count
    return turn


if __name__ == "__main__":
    path, spoken_language, text = sys.argv[1:]
    turns = asyncio.run(main(Path(path).read_bytes(), spoken_language, text))
    sys.stdout.write(json.dumps(turns))
