"""Crowds of known density: rendered video whose every head is known."""

from crushwatch.simulate.scenario import Scenario, SimulatedFrame, open_scenario, scenario_names, scene_named
from crushwatch.simulate.training import render_training_frame

__all__ = ["Scenario", "SimulatedFrame", "open_scenario", "render_training_frame", "scenario_names", "scene_named"]
