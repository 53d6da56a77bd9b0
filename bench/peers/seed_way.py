"""A gateway as prototypes are made: FastAPI, `json`, and google-genai's own send and receive.

    python seed_way.py PORT

The phone's protocol is that of docs/protocol.md, version 1. Minimal, but nothing is done worse than
such a prototype does it: one client for the process, uvicorn with its usual options and uvloop.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
import uuid
from typing import Any, Final

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from google import genai
from google.genai import types
from google.genai.live import AsyncSession

MODEL: Final = "gemini-3.8-live"
app = FastAPI()
client = genai.Client(
    api_key=os.environ["GEMINI_API_KEY"], http_options=types.HttpOptions(api_version="v1beta")
)
config = types.LiveConnectConfig(
    response_modalities=[types.Modality.AUDIO],
    system_instruction="Call the function for every product that the shopper wants to buy.",
    input_audio_transcription=types.AudioTranscriptionConfig(),
    tools=[
        types.Tool(
            function_declarations=[
                types.FunctionDeclaration(
                    name="update_shopping_list",
                    description="Records one product.",
                    parameters=types.Schema(
                        type=types.Type.OBJECT,
                        properties={
                            "action": types.Schema(type=types.Type.STRING),
                            "name": types.Schema(type=types.Type.STRING),
                            "quantity": types.Schema(type=types.Type.NUMBER),
                            "unit": types.Schema(type=types.Type.STRING),
                        },
                        required=["action", "name"],
                    ),
                )
            ]
        )
    ],
)


@app.get("/")
async def root() -> dict[str, str]:
    """Say that the service runs."""
    return {"status": "running"}


@app.websocket("/ws/{user_id}")
async def serve(websocket: WebSocket, user_id: str) -> None:
    """Relay one phone's session."""
    del user_id
    await websocket.accept()
    receiving: asyncio.Task[None] | None = None
    try:
        while json.loads(await websocket.receive_text())["type"] != "start_session":
            pass
        await _status(websocket, "connecting")
        async with client.aio.live.connect(model=MODEL, config=config) as session:
            receiving = asyncio.create_task(_receive(websocket, session))
            await _status(websocket, "listening")
            await _send(websocket, session)
    except WebSocketDisconnect:
        pass
    finally:
        if receiving is not None:
            receiving.cancel()


async def _send(websocket: WebSocket, session: AsyncSession) -> None:
    """Relay the phone's speech."""
    while True:
        message = json.loads(await websocket.receive_text())
        if message["type"] == "audio_chunk":
            pcm = base64.b64decode(message["audio_data"])
            await session.send_realtime_input(
                audio=types.Blob(data=pcm, mime_type="audio/pcm;rate=16000")
            )
        elif message["type"] == "stop_session":
            return


async def _receive(websocket: WebSocket, session: AsyncSession) -> None:
    """Relay what Gemini says; `receive` ends with every turn."""
    while True:
        async for response in session.receive():
            content = response.server_content
            if content and content.input_transcription and content.input_transcription.text:
                text = content.input_transcription.text
                transcript = {"type": "transcript", "text": text, "isUser": True}
                await websocket.send_text(json.dumps(transcript))
            if response.tool_call:
                await _carry_out(websocket, session, response.tool_call)


async def _carry_out(
    websocket: WebSocket, session: AsyncSession, tool_call: types.LiveServerToolCall
) -> None:
    answers = []
    for call in tool_call.function_calls or []:
        product = _product(call.args or {})
        await websocket.send_text(json.dumps({"type": "product_detected", "product": product}))
        answers.append(
            types.FunctionResponse(id=call.id, name=call.name, response={"result": "ok"})
        )
    await session.send_tool_response(function_responses=answers)


def _product(args: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "name": args["name"],
        "action": args["action"],
        "quantity": args.get("quantity", 1),
        "unit": args.get("unit", "szt"),
        "category": args.get("category", "Inne"),
        "confidence": args.get("confidence", 0.9),
        "timestamp": int(time.time()),
    }


async def _status(websocket: WebSocket, status: str) -> None:
    await websocket.send_text(json.dumps({"type": "status", "status": status}))


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
