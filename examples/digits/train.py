"""Train a support vector machine on scikit-learn's digits, and say how good it is.

An ordinary training script that imports nothing of Leadline. Leadline reads `accuracy=…` from what it prints, and the
final value from the termination message, which no rotation of logs can lose.
"""

import argparse
import json
import os
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.svm import SVC

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--C", type=float, default=1.0, help="penalty for a wrong answer")
parser.add_argument("--gamma", type=float, default=0.01, help="how far the influence of one image reaches")
parser.add_argument("--kernel", choices=["rbf", "poly"], default="rbf")
options = parser.parse_args()

images, digits = load_digits(return_X_y=True)
images = images / 16  # grey values from 0 to 1

scores = []
splits = StratifiedShuffleSplit(n_splits=5, train_size=600, test_size=600, random_state=0)
for step, (train, test) in enumerate(splits.split(images, digits), start=1):
    model = SVC(C=options.C, gamma=options.gamma, kernel=options.kernel).fit(images[train], digits[train])
    scores.append(model.score(images[test], digits[test]))
    accuracy = sum(scores) / len(scores)  # over the splits so far: the last one counts
    print(f"step={step} accuracy={accuracy:.4f}", flush=True)

# Kubernetes reads this file when the container ends. A laptop has none, so Leadline names one there.
message = Path(os.environ.get("LEADLINE_TERMINATION_LOG", "/dev/termination-log"))
if os.access(message, os.W_OK):
    message.write_text(json.dumps({"accuracy": accuracy}))
